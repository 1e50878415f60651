import { AISDKError, APICallError, LoadAPIKeyError } from '@ai-sdk/provider'
import { messageOf, NeonHubError } from '../base/errors.ts'

/** Where a failure comes from, and what must not appear in its message. */
export interface FailureContext {
  readonly provider: string
  readonly model: string
  readonly now: Date
  /** Keys of every provider: a provider may echo the one that it refused. */
  readonly secrets: readonly string[]
}

/**
 * Turns what a provider's client threw into the error that passes the door. Statuses follow RFC 9110 and RFC 6585: 429
 * is `llm.rate_limited`, 408/409/5xx and a broken connection `llm.unavailable`, 401 and 403 `llm.key_refused`, 402
 * `llm.payment_required`, 404 and 410 `llm.model_not_found`, every other 4xx `llm.refused`. The client's error is not kept
 * as `cause`: it carries the prompt and the provider's headers.
 */
export function toLlmError(error: unknown, context: FailureContext): NeonHubError {
  if (error instanceof NeonHubError) return error
  const name = `${context.provider}:${context.model}`
  const told = shorten(redact(messageOf(error), context.secrets))
  if (!APICallError.isInstance(error) || error.statusCode === undefined) return withoutStatus(error, name, told)
  const status = error.statusCode
  const retryAfterMs = readRetryAfter(error.responseHeaders ?? {}, context.now)
  const retryAfter = retryAfterMs === undefined ? {} : { retryAfterMs }
  if (status === 401 || status === 403) {
    return new NeonHubError('llm.key_refused', `${name} refused the API key (${status}): ${told}`, {
      kind: 'refused',
      hint: 'Check that the key is valid, that its account may use this model, and that the base URL is the key’s own.',
    })
  }
  if (status === 402) {
    return new NeonHubError('llm.payment_required', `${name} asks to be paid first (402): ${told}`, {
      kind: 'refused',
      hint: 'Top up the account at the provider, or choose another model.',
    })
  }
  if (status === 404 || status === 410) {
    return new NeonHubError('llm.model_not_found', `${name} is not there (${status}): ${told}`, {
      kind: 'refused',
      hint: 'Check the model’s name, whether the provider has retired it, and the base URL.',
    })
  }
  if (status === 429) {
    return new NeonHubError('llm.rate_limited', `${name} asks for fewer calls (429): ${told}`, {
      kind: 'rate_limited',
      hint: 'Wait, raise the limit at the provider, or choose another model.',
      retryable: true,
      ...retryAfter,
    })
  }
  if (status >= 500 || status === 408 || status === 409) {
    return new NeonHubError('llm.unavailable', `${name} is not available (${status}): ${told}`, {
      kind: 'unavailable',
      hint: 'The provider has a fault that usually passes. Resume the run later or choose another model.',
      retryable: true,
      ...retryAfter,
    })
  }
  // A 2xx with an error: the body broke off, or the client could not read it.
  if (status < 400)
    return isNetworkFault(error.cause) ? unreachable(name, shorten(messageOf(error.cause))) : unreadable(name, told)
  return new NeonHubError('llm.refused', `${name} refused the request (${status}): ${told}`, {
    kind: 'refused',
    hint: 'Change what the message names: the model, the length of the prompt, or a setting.',
  })
}

function withoutStatus(error: unknown, name: string, told: string): NeonHubError {
  if (LoadAPIKeyError.isInstance(error)) {
    return new NeonHubError('llm.provider_not_configured', `${name} has no API key`, { kind: 'invalid' })
  }
  if (APICallError.isInstance(error) || isNetworkFault(error)) return unreachable(name, told)
  if (AISDKError.isInstance(error)) return unreadable(name, told)
  // Neither the provider nor the network: a fault of this program, which must not be taken for one of theirs.
  return new NeonHubError('llm.unexpected', `The call of ${name} failed inside NeonHub: ${told}`, {
    kind: 'internal',
    cause: error,
  })
}

function unreachable(name: string, told: string): NeonHubError {
  return new NeonHubError('llm.unavailable', `${name} could not be reached, or the connection broke: ${told}`, {
    kind: 'unavailable',
    hint: 'Check the base URL and the network between this host and the provider.',
    retryable: true,
  })
}

function unreadable(name: string, told: string): NeonHubError {
  return new NeonHubError('llm.answer_unreadable', `${name} answered what its protocol does not allow: ${told}`, {
    kind: 'refused',
    hint: 'Check that the base URL belongs to this provider’s API.',
  })
}

/** Node's fetch throws a `TypeError` whose cause has a code; a cut body is a plain error with one. */
function isNetworkFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const hasCode = (value: unknown) => value instanceof Error && 'code' in value && typeof value.code === 'string'
  return hasCode(error) || hasCode(error.cause)
}

/** Milliseconds until the earliest useful retry: `retry-after-ms`, or `Retry-After` as seconds or date (RFC 9110 §10.2.3). */
export function readRetryAfter(headers: Readonly<Record<string, string>>, now: Date): number | undefined {
  const milliseconds = Number.parseFloat(headers['retry-after-ms'] ?? '')
  if (Number.isFinite(milliseconds)) return Math.max(0, milliseconds)
  const text = headers['retry-after']?.trim()
  if (!text) return undefined
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number.parseFloat(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime())
}

/** A provider's text is kept with each failed call and shown on pages; what it sends is not bounded. */
const longestTold = 1_000

const shorten = (text: string) => (text.length > longestTold ? `${text.slice(0, longestTold)}…` : text)

/** Cuts every secret out of a text, also where only its beginning is shown. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => (secret.length > 12 ? [secret, secret.slice(0, 12)] : [secret]))
    .reduce((clean, secret) => clean.replaceAll(secret, '[key]'), text)
}
