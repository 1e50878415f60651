import type { RunScore } from '@neonhub/contract'
import { compact } from '../base/compact.ts'
import type { Score } from '../runtime/index.ts'
import type { ReadOnly } from './read-only.ts'

/** A mark as the contract shows it. */
export function toRunScore({
  id,
  runId,
  stepKey,
  name,
  value,
  comment,
  scoredBy,
  createdAt,
}: Score): ReadOnly<RunScore> {
  return { id, runId, name, value, comment, scoredBy, createdAt: createdAt.toISOString(), ...compact({ stepKey }) }
}
