import { Code } from '@mantine/core'
import { diffWords } from '../agent-settings/diff-words.ts'

/** Beyond this many characters of both, comparing word by word keeps the page waiting. */
const mostCharacters = 12_000

/** One side of two texts, with what only it has marked. */
export function TextDiff({
  original,
  fork,
  side,
}: {
  readonly original: string
  readonly fork: string
  readonly side: 'original' | 'fork'
}) {
  const text = side === 'original' ? original : fork
  const isLong = original.length + fork.length > mostCharacters
  return (
    <Code
      block
      tabIndex={0}
      style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', maxHeight: 360, overflow: 'auto' }}
    >
      {isLong
        ? text
        : diffWords(original, fork).map(({ kind, text: stretch }, index) => {
            if (kind === 'same') return <span key={index}>{stretch}</span>
            if (kind === 'removed') return side === 'original' ? <del key={index}>{stretch}</del> : null
            return side === 'fork' ? <ins key={index}>{stretch}</ins> : null
          })}
    </Code>
  )
}
