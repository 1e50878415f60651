import type { ActionPreview } from '@neonhub/contract'
import pc from 'picocolors'
import { plainText } from './format.ts'

/** How much of a text is shown before a person asks for more. */
const shownLines = 8

/** What a call sends, as lines: its title, where it goes, and how its text begins. */
export function formatPreview({ title, recipients, body }: ActionPreview): readonly string[] {
  const lines = plainText(body).split('\n')
  const rest = lines.length - shownLines
  return [
    `  ${plainText(title)}`,
    `  to       ${recipients.map(plainText).join(', ')}`,
    ...lines.slice(0, shownLines).map((line) => `    ${line}`),
    ...(rest > 0 ? [pc.dim(`    … ${rest} more lines`)] : []),
  ]
}
