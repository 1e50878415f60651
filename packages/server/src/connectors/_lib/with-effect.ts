import { messageOf, NeonHubError } from '../../base/errors.ts'
import { ConnectorError } from '../spec.ts'

/** Anything that was thrown as a `ConnectorError` with this effect; code, hint and the rest of it are kept. */
export function withEffect(error: unknown, effect: 'none' | 'unknown'): ConnectorError {
  if (error instanceof ConnectorError && error.effect === effect) return error
  if (!(error instanceof NeonHubError)) {
    const message = `The connector failed: ${messageOf(error)}`
    return new ConnectorError('connectors.unexpected', message, { kind: 'internal', effect, cause: error })
  }
  const { code, message, kind, retryable, issues, hint, retryAfterMs } = error
  return new ConnectorError(code, message, {
    kind,
    effect,
    retryable,
    issues,
    cause: error,
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}
