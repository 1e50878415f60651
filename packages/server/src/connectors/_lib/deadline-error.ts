import { ConnectorError } from '../spec.ts'

/** The call's signal fired: its deadline passed or its run was cancelled. `effect` is `none` only if nothing had left. */
export function deadlineError(effect: 'none' | 'unknown', cause?: unknown): ConnectorError {
  const known = effect === 'none' ? 'before anything was sent' : 'after the call may have been sent'
  return new ConnectorError('connectors.deadline', `The call was stopped ${known}`, {
    kind: 'unavailable',
    effect,
    retryable: effect === 'none',
    cause,
  })
}
