import { ConnectorError } from '../spec.ts'

/**
 * A receiver's answer that is no success, by Standard Webhooks: 410 asks to stop for good, 429 and 5xx to come again,
 * redirects are not followed. What a receiver did before it answered 5xx nobody knows.
 */
export function webhookRefusal(status: number, retryAfterMs?: number): ConnectorError {
  const retryable = status === 429 || status >= 500
  const options = {
    kind: status === 429 ? 'rate_limited' : 'refused',
    effect: status >= 500 ? 'unknown' : 'none',
    retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  } as const
  if (status === 410) {
    const hint = 'Remove this connection, or ask the receiver for a new address.'
    return new ConnectorError('connectors.webhook_gone', 'The receiver is gone for good (410)', { ...options, hint })
  }
  if (status >= 300 && status < 400) {
    const hint = 'Enter the address that the receiver redirects to: a signed event is not sent on to another place.'
    return new ConnectorError('connectors.webhook_redirected', `The receiver redirects (${status})`, {
      ...options,
      hint,
    })
  }
  if (status === 429)
    return new ConnectorError('connectors.webhook_rate_limited', 'The receiver is busy (429)', options)
  const code = retryable ? 'connectors.webhook_unavailable' : 'connectors.webhook_refused'
  return new ConnectorError(code, `The receiver answered ${status}`, options)
}
