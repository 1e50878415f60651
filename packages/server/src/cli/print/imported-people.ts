import type { ImportedPeople } from '@neonhub/contract'
import pc from 'picocolors'
import type { Terminal } from '../terminal.ts'
import { plainText } from './format.ts'

/** More would scroll away what comes before; a program gets all of them with --json. */
const shownRefusals = 20

/** Tells what came of a file of people. */
export function printImportedPeople(terminal: Terminal, { added, changed, unchanged, refused }: ImportedPeople): void {
  terminal.print(`People: ${added} added, ${changed} changed, ${unchanged} unchanged, ${refused.length} refused`)
  for (const { line, reason } of refused.slice(0, shownRefusals)) {
    terminal.print(pc.yellow(`  line ${line}: ${plainText(reason)}`))
  }
  if (refused.length > shownRefusals) {
    terminal.print(pc.yellow(`  … and ${refused.length - shownRefusals} more; --json lists them all`))
  }
}
