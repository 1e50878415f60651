import { messageOf, NeonHubError } from '../../base/errors.ts'
import type { OAuthApp } from '../../base/oauth-apps.ts'
import { readUpTo } from '../../base/read-up-to.ts'
import type { Connector, OAuthDescription, TokenAnswer } from '../../connectors/spec.ts'

const timeoutMs = 15_000
const maxAnswerBytes = 128 * 1024

/** Id and secret as RFC 6749, 2.3.1 sends them: encoded as in a form first, since both may hold a colon. */
function basicOf({ clientId, clientSecret }: OAuthApp): string {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString('base64')}`
}

/**
 * Asks a provider's token endpoint, through the address guard. Returns what it granted or why it refused; throws
 * `runtime.oauth_unreachable` (retryable) where it does not answer, and `runtime.oauth_answer_invalid` where what it
 * answers is neither. No secret is ever part of an error.
 */
export async function askTokenEndpoint(
  { name, oauth }: { readonly name: Connector['name']; readonly oauth: OAuthDescription },
  {
    app,
    fetch,
    form,
  }: {
    readonly app: OAuthApp
    readonly fetch: typeof globalThis.fetch
    readonly form: Readonly<Record<string, string>>
  },
): Promise<TokenAnswer> {
  const { status, text } = await send(name, () =>
    fetch(oauth.tokenUrl, {
      method: 'POST',
      headers: { accept: 'application/json', authorization: basicOf(app) },
      body: new URLSearchParams(form),
      // A token endpoint has no reason to send its secrets elsewhere.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    }),
  )
  const answer = oauth.readAnswer(parse(text))
  if (answer && (answer.kind === 'refused' || status < 300)) return answer
  if (status >= 500 || status === 429) throw unreachable(name, `it answered ${status}`)
  throw new NeonHubError('runtime.oauth_answer_invalid', `${name} answered ${status} with something that is no token`, {
    kind: 'internal',
    hint: 'Try again; if it stays so, the provider has changed what it answers.',
  })
}

async function send(name: string, request: () => Promise<Response>): Promise<{ status: number; text: string }> {
  try {
    const response = await request()
    return { status: response.status, text: await readUpTo(response, maxAnswerBytes) }
  } catch (error) {
    throw unreachable(name, messageOf(error), error)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A page of a proxy, say. The status tells what to make of it.
    return undefined
  }
}

const unreachable = (name: string, why: string, cause?: unknown) =>
  new NeonHubError('runtime.oauth_unreachable', `${name} could not be asked for a token (${why})`, {
    kind: 'unavailable',
    retryable: true,
    hint: 'Try again in a moment.',
    cause,
  })
