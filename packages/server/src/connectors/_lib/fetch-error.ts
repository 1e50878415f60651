import { messageOf, NeonHubError } from '../../base/errors.ts'
import { ConnectorError } from '../spec.ts'
import { deadlineError } from './deadline-error.ts'
import { withEffect } from './with-effect.ts'

/** Failures that come before the first byte of a request: name lookup, the TCP and the TLS handshake (Node, OpenSSL). */
const beforeTheRequest = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** Fetch says only "fetch failed"; the reason stands in its causes. */
function* causesOf(error: unknown): Generator<Error> {
  for (let current = error; current instanceof Error; current = current.cause) yield current
}

/**
 * What a rejected `fetch` means for the outside world. A `NeonHubError` comes from the fetch that was handed in, which
 * refuses an address before it connects.
 */
export function fetchError(
  error: unknown,
  { provider, signal }: { provider: string; signal: AbortSignal },
): ConnectorError {
  const causes = [...causesOf(error)]
  const refusal = causes.find((cause) => cause instanceof NeonHubError)
  if (refusal) return withEffect(refusal, 'none')
  const neverLeft = causes.some(
    (cause) => 'code' in cause && typeof cause.code === 'string' && beforeTheRequest.has(cause.code),
  )
  const effect = neverLeft ? 'none' : 'unknown'
  if (signal.aborted) return deadlineError(effect, error)
  const reason = causes.at(-1) ?? error
  const what = neverLeft ? 'could not be reached' : 'did not answer: the connection was lost after the request was sent'
  return new ConnectorError('connectors.unreachable', `${provider} ${what} (${messageOf(reason)})`, {
    kind: 'unavailable',
    effect,
    retryable: true,
    cause: error,
  })
}
