import { NeonHubError } from '../../base/errors.ts'
import type { JournalEntry } from './sql/list-entries.ts'

/** How many keys an error names before it says how many more there are. */
const mostNamed = 12

/**
 * What had ended before the entry of a key: what it may have been asked with. What ended beside it later runs anew, and so
 * does what is not over. Throws `runtime.step_not_found`, which names the keys that there are.
 */
export function entriesBefore(entries: readonly JournalEntry[], key: string): readonly JournalEntry[] {
  const chosen = entries.find((entry) => entry.key === key)
  if (!chosen) throw stepNotFound(entries, key)
  return entries.filter((entry) => entry !== chosen && entry.isSettled && isBefore(entry, chosen))
}

/** By the journal's numbers; where one has none, by the database's clock. */
function isBefore(entry: JournalEntry, chosen: JournalEntry): boolean {
  if (entry.sequence !== undefined && chosen.sequence !== undefined) return entry.sequence < chosen.sequence
  if (chosen.finishedAt === undefined) return true
  return entry.finishedAt !== undefined && entry.finishedAt < chosen.finishedAt
}

function stepNotFound(entries: readonly JournalEntry[], key: string): NeonHubError {
  const keys = entries.map((entry) => `"${entry.key}"`)
  const more = keys.length > mostNamed ? ` and ${keys.length - mostNamed} more` : ''
  return new NeonHubError('runtime.step_not_found', `The run has no step "${key}"`, {
    kind: 'not_found',
    hint:
      keys.length === 0
        ? 'It has none on record: leave the step out to begin from the start.'
        : `It has ${keys.slice(0, mostNamed).join(', ')}${more}. Leave the step out to begin from the start.`,
  })
}
