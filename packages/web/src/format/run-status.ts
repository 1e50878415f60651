import type { RunStatus } from '@neonhub/contract'

/** Whether nothing more happens to a run unless a person puts it back. */
export const isOver = (status: RunStatus): boolean =>
  status === 'succeeded' || status === 'failed' || status === 'cancelled'

/** Whether a run may be put back on the queue. */
export const canResume = (status: RunStatus): boolean => status === 'failed' || status === 'needs_attention'

/** A state as people read it: `awaiting_approval` becomes `Awaiting approval`. */
export function statusText(status: string): string {
  const words = status.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
