import { Events, type MutableResponse, OAuth2Server } from 'oauth2-mock-server'
import { createAddressGuard } from '../src/base/address-guard.ts'
import { parseAllowedHosts } from '../src/base/allowed-hosts.ts'
import type { OAuthApps } from '../src/base/oauth-apps.ts'

const tokenUrls = new Set(['https://slack.com/api/oauth.v2.access', 'https://oauth2.googleapis.com/token'])

/** The installation's apps in tests. */
export const testApps: OAuthApps = {
  slack: { clientId: 'slack:app', clientSecret: 'slack+secret', signingSecret: 'the-apps-signing-secret' },
  google: { clientId: 'google-app', clientSecret: 'google-secret', signingSecret: undefined },
}

export interface TokenRequest {
  readonly authorization: string | undefined
  readonly form: Readonly<Record<string, string>>
}

/** Shapes an answer of the token endpoint as a provider gives it; what it returns is laid over the server's own. */
export type Answer = (request: TokenRequest, count: number) => { readonly status?: number; readonly body: object }

export const slackAnswer =
  (fields: object = {}): Answer =>
  (_request, count) => ({
    body: {
      ok: true,
      access_token: `xoxb-${count}`,
      token_type: 'bot',
      scope: 'chat:write,channels:read,channels:history,groups:read,groups:history',
      team: { id: 'T0TEAM', name: 'Acme' },
      refresh_token: undefined,
      id_token: undefined,
      expires_in: undefined,
      ...fields,
    },
  })

/**
 * A provider (oauth2-mock-server, which checks PKCE by itself) in the place of Slack's and Google's. Token endpoints are
 * asked through an address guard that lets this machine be reached and nothing else be reached instead.
 */
export async function startOAuthProvider() {
  const server = new OAuth2Server()
  await server.issuer.keys.generate('RS256')
  await server.start(0, '127.0.0.1')
  const origin = `http://127.0.0.1:${server.address().port}`
  const guard = createAddressGuard({ allowed: parseAllowedHosts('127.0.0.0/8') })
  const requests: TokenRequest[] = []
  const state: { answer: Answer; email: string; cut: boolean } = {
    answer: slackAnswer(),
    email: 'brand@example.com',
    cut: false,
  }
  server.service.on(Events.BeforeTokenSigning, (token: { payload: Record<string, unknown> }) => {
    token.payload['email'] = state.email
  })
  server.service.on(
    Events.BeforeResponse,
    (
      response: MutableResponse,
      request: { readonly headers: { authorization?: string }; readonly body: Record<string, string> },
    ) => {
      const asked = { authorization: request.headers.authorization, form: { ...request.body } }
      requests.push(asked)
      const { status = 200, body } = state.answer(asked, requests.length)
      response.statusCode = status
      response.body = status === 200 ? { ...(response.body === '' ? {} : response.body), ...body } : { ...body }
    },
  )
  const routed: typeof fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    if (!tokenUrls.has(url)) throw new TypeError(`nothing answers at ${url}`)
    if (state.cut) throw new TypeError('the connection was cut')
    return guard.fetch(`${origin}/token`, init)
  }
  return {
    fetch: routed,
    requests,
    state,
    /** What a person's browser is sent back with once they consented. */
    consent: async (
      authorizeUrl: string,
    ): Promise<{ readonly redirect: URL; readonly params: Record<string, string> }> => {
      const asked = new URL(authorizeUrl)
      const response = await fetch(`${origin}/authorize${asked.search}`, { redirect: 'manual' })
      const redirect = new URL(response.headers.get('location') ?? '')
      return { redirect, params: Object.fromEntries(redirect.searchParams) }
    },
    close: async () => {
      await server.stop()
      await guard.close()
    },
  }
}

export type OAuthProviderDouble = Awaited<ReturnType<typeof startOAuthProvider>>
