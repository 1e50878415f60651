import type { Run } from '@neonhub/contract'
import { isOver } from '../format/run-status.ts'
import { formatDuration } from '../format/time.ts'
import { useNow } from './use-now.ts'

/** How long a run took, or has been going. */
export function RunDuration({ run }: { readonly run: Run }) {
  const active = !isOver(run.status) && run.startedAt !== undefined
  const now = useNow(1_000, active)
  if (run.durationMs !== undefined) return formatDuration(run.durationMs)
  return run.startedAt === undefined ? '–' : formatDuration(Math.max(0, now - Date.parse(run.startedAt)))
}
