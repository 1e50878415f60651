import { createHash, generateKeyPairSync } from 'node:crypto'
import { Problem, type Route, routes } from '@neonhub/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOrganization, databaseKinds, isMissing } from '../../test/database.ts'
import { openTestApp, publicUrl, type TestApp } from '../../test/http-app.ts'
import { addMember } from '../../test/members.ts'
import { type OAuthProviderDouble, slackAnswer, startOAuthProvider, testApps } from '../../test/oauth-provider.ts'
import { createLogger } from '../base/log.ts'
import { open } from '../base/vault.ts'
import { sql, withOperator, withTenant } from '../db/index.ts'
import { syncCatalogue, sweepOAuthStates } from '../ops/index.ts'
import { codeCatalogue } from '../runtime/index.ts'

const password = 'a long password'
const rsaKey = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
const Started = routes.authorizeConnection.responses[201].schema
const Finished = routes.finishAuthorization.responses[200].schema

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`connecting by consent on the ${kind} database`, () => {
    let http: TestApp
    let provider: OAuthProviderDouble
    let owner: Record<string, string>
    beforeAll(async () => {
      provider = await startOAuthProvider()
      http = await openTestApp({
        runsPerMinute: 1000,
        databaseKind: kind,
        oauth: { oauthApps: testApps, fetch: provider.fetch },
      })
      owner = { cookie: await http.signIn(), origin: publicUrl, 'x-organization': http.organizationId }
    }, 60_000)
    afterAll(async () => {
      await http.close()
      await provider.close()
    })
    beforeEach(() => {
      provider.state.answer = slackAnswer()
      provider.state.cut = false
      provider.requests.length = 0
    })

    const ask = (route: Route, headers: Record<string, string>, body: unknown) =>
      http.send(route.method.toUpperCase(), route.path, { headers, body })
    const start = async (body: object, headers = owner) =>
      Started.parse(await (await ask(routes.authorizeConnection, headers, { connector: 'slack', ...body })).json())
    const finish = (params: Record<string, unknown>, headers = owner) =>
      ask(routes.finishAuthorization, headers, { connector: 'slack', ...params })
    const problemOf = async (response: Response) => {
      const { status, code } = Problem.parse(await response.json())
      return { status, code }
    }
    const signInAs = async (email: string) => {
      const response = await http.send('POST', '/api/auth/sign-in/email', {
        headers: { origin: publicUrl },
        body: { email, password },
      })
      const cookie = response.headers.getSetCookie().map((one) => one.split(';')[0])
      return { cookie: cookie.join('; '), origin: publicUrl, 'x-organization': http.organizationId }
    }
    const rows = async () => {
      const count = (table: string) =>
        withTenant(http.database, http.organizationId, async (tx) => {
          const { rows: found } = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}`.execute(
            tx,
          )
          return found[0]?.n
        })
      return { connections: await count('connector_auths'), credentials: await count('credentials') }
    }
    const secretsOf = (id: string) =>
      withTenant(http.database, http.organizationId, async (tx) => {
        const row = await tx.selectFrom('connector_auths').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
        const opened = async (credentialId: string | null) => {
          if (credentialId === null) return undefined
          const { sealed } = await tx
            .selectFrom('credentials')
            .select('sealed')
            .where('id', '=', credentialId)
            .executeTakeFirstOrThrow()
          return open(http.parts.masterKey, { organizationId: http.organizationId, credentialId }, sealed)
        }
        return { credentials: await opened(row.credential_id), refresh: await opened(row.refresh_credential_id) }
      })

    test('the person who pressed Connect comes back with a code, and the account is connected with sealed tokens', async () => {
      provider.state.answer = slackAnswer({ refresh_token: 'xoxe-1-first', expires_in: 43_200 })
      const { authorizeUrl, expiresAt } = await start({ name: 'team', settings: { defaultChannel: '#news' } })
      const asked = new URL(authorizeUrl)
      expect(asked.origin + asked.pathname).toBe('https://slack.com/oauth/v2/authorize')
      expect(Object.fromEntries(asked.searchParams)).toMatchObject({
        response_type: 'code',
        client_id: 'slack:app',
        redirect_uri: `${publicUrl}/connections/callback/slack`,
        scope: 'chat:write,channels:read,channels:history,groups:read,groups:history',
        code_challenge_method: 'S256',
      })
      expect(Math.abs(Date.parse(expiresAt) - Date.now() - 600_000)).toBeLessThan(30_000)
      const { redirect, params } = await provider.consent(authorizeUrl)
      expect(redirect.pathname).toBe('/connections/callback/slack')
      const connection = Finished.parse(await (await finish(params)).json())
      expect(connection).toMatchObject({
        name: 'team',
        connector: 'slack',
        mode: 'real',
        status: 'active',
        settings: { defaultChannel: '#news' },
        hasCredentials: true,
        authorization: { account: 'Acme (T0TEAM)', refreshes: true, scopes: expect.arrayContaining(['chat:write']) },
      })
      const [{ form, authorization } = { form: {}, authorization: '' }] = provider.requests
      expect(form).toMatchObject({
        grant_type: 'authorization_code',
        redirect_uri: asked.searchParams.get('redirect_uri'),
      })
      // RFC 6749, 2.3.1: each is encoded as in a form before the two are joined.
      expect(Buffer.from(authorization?.slice(6) ?? '', 'base64').toString()).toBe('slack%3Aapp:slack%2Bsecret')
      const challenge = createHash('sha256')
        .update(form['code_verifier'] ?? '')
        .digest('base64url')
      expect(asked.searchParams.get('code_challenge')).toBe(challenge)
      expect(await secretsOf(connection.id)).toEqual({
        credentials: { botToken: 'xoxb-1', signingSecrets: ['the-apps-signing-secret'] },
        refresh: { refreshToken: 'xoxe-1-first' },
      })
      const told = await (await http.send('GET', '/v1/connections', { headers: owner })).text()
      const audit = await (await http.send('GET', '/v1/audit-logs', { headers: owner })).text()
      for (const text of [told, audit]) expect(text).not.toMatch(/xox[be]-1|secret-/)
      expect(audit).toContain('connection.authorization_started')
      expect(audit).toContain('connection.authorized')
    })

    test('neither the state nor the verifier can be read in the database', async () => {
      const { authorizeUrl } = await start({ name: 'unread' })
      const state = new URL(authorizeUrl).searchParams.get('state') ?? ''
      const stored = await withTenant(http.database, http.organizationId, (tx) =>
        tx.selectFrom('oauth_states').selectAll().orderBy('id', 'desc').executeTakeFirstOrThrow(),
      )
      expect(JSON.stringify(stored)).not.toContain(state)
      expect(stored.state_hash).toBe(createHash('sha256').update(state).digest('hex'))
      const owned = { organizationId: http.organizationId, credentialId: stored.id }
      expect(open(http.parts.masterKey, owned, stored.sealed_verifier)).toMatch(/^[\w-]{43}$/)
    })

    test('an account is connected anew under its id and name, and nothing of the grant before is left', async () => {
      provider.state.answer = slackAnswer({ refresh_token: 'xoxe-1-old', expires_in: 43_200 })
      const first = await provider.consent(
        (await start({ name: 'again', settings: { defaultChannel: '#a' } })).authorizeUrl,
      )
      const { id } = Finished.parse(await (await finish(first.params)).json())
      const before = await rows()
      provider.state.answer = slackAnswer({ team: { id: 'T0OTHER', name: 'Other' } })
      const { params } = await provider.consent((await start({ connectionId: id })).authorizeUrl)
      const anew = Finished.parse(await (await finish(params)).json())
      expect(anew).toMatchObject({
        id,
        name: 'again',
        settings: { defaultChannel: '#a' },
        authorization: { account: 'Other (T0OTHER)', refreshes: false },
      })
      expect(await secretsOf(id)).toMatchObject({ credentials: { botToken: 'xoxb-2' }, refresh: undefined })
      // One secret instead of two: the refresh token of before is gone for good.
      expect(await rows()).toEqual({ ...before, credentials: (before.credentials ?? 0) - 1 })
    })

    test('a refused consent is told, uses the state up and leaves nothing', async () => {
      const before = await rows()
      const state = new URL((await start({ name: 'refused' })).authorizeUrl).searchParams.get('state')
      const denied = await finish({ state, error: 'access_denied' })
      expect(await denied.clone().text()).toContain('The consent at Slack was refused')
      expect(await problemOf(denied)).toEqual({ status: 409, code: 'runtime.oauth_denied' })
      expect(await problemOf(await finish({ state, code: 'late' }))).toEqual({
        status: 409,
        code: 'runtime.oauth_state_used',
      })
      const odd = new URL((await start({ name: 'refused' })).authorizeUrl).searchParams.get('state')
      const told = await (await finish({ state: odd, error: '<b>call 555</b>' })).text()
      expect(told).toContain('Slack gave no consent')
      expect(told).not.toContain('555')
      expect(await rows()).toEqual(before)
      expect(provider.requests).toEqual([])
    })

    test('an expired, an unknown and another organization’s state are refused, and expired ones are swept', async () => {
      const { authorizeUrl } = await start({ name: 'slow' })
      const { params } = await provider.consent(authorizeUrl)
      const hash = createHash('sha256')
        .update(params['state'] ?? '')
        .digest('hex')
      const age = (interval: string) =>
        withOperator(http.database, { readOnly: false }, (tx) =>
          sql`update oauth_states set expires_at = now() - ${interval}::interval where state_hash = ${hash}`.execute(
            tx,
          ),
        )
      await age('1 second')
      expect(await problemOf(await finish(params))).toEqual({ status: 409, code: 'runtime.oauth_state_expired' })
      const logger = createLogger({ level: 'silent' })
      await sweepOAuthStates(http.database, { logger })
      expect(await problemOf(await finish(params))).toEqual({ status: 409, code: 'runtime.oauth_state_expired' })
      await age('2 hours')
      expect(await sweepOAuthStates(http.database, { logger })).toBe(1)
      const unknown = { status: 404, code: 'runtime.oauth_state_unknown' }
      expect(await problemOf(await finish(params))).toEqual(unknown)
      expect(await problemOf(await finish({ state: 'made up', code: 'x' }))).toEqual(unknown)

      const ours = await provider.consent((await start({ name: 'ours' })).authorizeUrl)
      const theirs = await addOrganization(http.database)
      const stranger = await addMember(http.database, { organizationId: theirs, role: 'owner', password })
      const headers = { ...(await signInAs(stranger.email)), 'x-organization': theirs }
      expect(await problemOf(await finish(ours.params, headers))).toEqual(unknown)
      // The state is unharmed: whoever began goes on.
      expect((await finish(ours.params)).status).toBe(200)
    })

    test('another member’s session cannot finish it, nor can a key, the operator or a page of another site', async () => {
      const member = await addMember(http.database, { organizationId: http.organizationId, role: 'owner', password })
      const other = await signInAs(member.email)
      const { params } = await provider.consent((await start({ name: 'mine' })).authorizeUrl)
      expect(await problemOf(await finish(params, other))).toEqual({
        status: 403,
        code: 'runtime.oauth_state_foreign',
      })
      const key = await http.keyWith(['connections:write'])
      for (const headers of [key, http.operator]) {
        expect(await problemOf(await finish(params, headers))).toEqual({ status: 403, code: 'identity.user_only' })
        expect((await ask(routes.authorizeConnection, headers, { connector: 'slack' })).status).toBe(403)
      }
      expect((await finish(params, { ...owner, origin: 'https://evil.example' })).status).toBe(403)
      const viewer = await addMember(http.database, { organizationId: http.organizationId, role: 'viewer', password })
      const mayRead = await signInAs(viewer.email)
      expect((await ask(routes.authorizeConnection, mayRead, { connector: 'slack' })).status).toBe(403)
      expect((await finish(params)).status).toBe(200)
    })

    test('of two that return with one state at once, one is connected', async () => {
      const { params } = await provider.consent((await start({ name: 'twice' })).authorizeUrl)
      const answers = await Promise.all([finish(params), finish(params)])
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
      expect(provider.requests).toHaveLength(1)
    })

    test('an answer of another provider, or at another connector’s address, reaches no token endpoint', async () => {
      const google = await start({ connector: 'email', name: 'mixed' })
      const { params } = await provider.consent(google.authorizeUrl)
      expect(await problemOf(await finish({ ...params, connector: 'slack' }))).toMatchObject({ status: 404 })
      const second = await provider.consent((await start({ connector: 'email', name: 'mixed' })).authorizeUrl)
      const foreign = { ...second.params, connector: 'email', iss: 'https://evil.example' }
      expect(await problemOf(await finish(foreign))).toEqual({ status: 403, code: 'runtime.oauth_issuer_mismatch' })
      expect(provider.requests).toEqual([])
    })

    test('a failed exchange is told without a secret, and leaves nothing half made', async () => {
      const before = await rows()
      const failing = async (prepare: () => void, params: Record<string, unknown> = {}) => {
        const consented = await provider.consent((await start({ name: 'half' })).authorizeUrl)
        prepare()
        const response = await finish({ ...consented.params, ...params })
        provider.state.cut = false
        const text = await response.clone().text()
        expect(text).not.toMatch(/slack\+secret|xoxb-\d|"code_verifier"/)
        return problemOf(response)
      }
      const answer = (body: object, status?: number) => () => {
        provider.state.answer = () => ({ body, ...(status === undefined ? {} : { status }) })
      }
      expect(await failing(answer({ ok: false, error: 'bad_client_secret' }))).toMatchObject({
        code: 'runtime.oauth_exchange_refused',
      })
      expect(await failing(answer({ ok: true, team: { id: 'T1' }, access_token: '' }))).toMatchObject({
        code: 'runtime.oauth_answer_invalid',
      })
      expect(await failing(answer({ oops: 1 }, 503))).toEqual({ status: 503, code: 'runtime.oauth_unreachable' })
      expect(await failing(() => (provider.state.cut = true))).toEqual({
        status: 503,
        code: 'runtime.oauth_unreachable',
      })
      expect(
        await failing(() => (provider.state.answer = slackAnswer({ access_token: 'no bot token' }))),
      ).toMatchObject({
        code: 'runtime.oauth_answer_invalid',
      })
      expect(await failing(() => (provider.state.answer = slackAnswer({ scope: 'channels:read' })))).toMatchObject({
        code: 'runtime.oauth_scopes_missing',
      })
      expect(await rows()).toEqual(before)
    })

    test('Google’s mail is connected as the address that consented, and keeps its DKIM key when it is connected anew', async () => {
      provider.state.answer = () => ({
        body: { scope: 'openid email https://mail.google.com/', refresh_token: '1//r' },
      })
      const { authorizeUrl } = await start({ connector: 'email', name: 'post', settings: { from: { name: 'Acme' } } })
      expect(Object.fromEntries(new URL(authorizeUrl).searchParams)).toMatchObject({
        access_type: 'offline',
        prompt: 'consent',
        scope: 'openid email https://mail.google.com/',
      })
      const { params } = await provider.consent(authorizeUrl)
      const connection = Finished.parse(
        await (await finish({ ...params, connector: 'email', iss: 'https://accounts.google.com' })).json(),
      )
      expect(connection).toMatchObject({
        settings: {
          host: 'smtp.gmail.com',
          port: 465,
          security: 'tls',
          from: { name: 'Acme', address: 'brand@example.com' },
        },
        authorization: { account: 'brand@example.com', refreshes: true },
      })
      expect(await secretsOf(connection.id)).toMatchObject({
        credentials: { username: 'brand@example.com', accessToken: expect.any(String) },
        refresh: { refreshToken: '1//r' },
      })
      const dkim = { domainName: 'example.com', keySelector: 'mail', privateKey: rsaKey() }
      const byPassword = {
        mode: 'real',
        settings: { host: 'smtp.example.com', port: 587, from: { name: 'Acme', address: 'old@example.com' } },
        credentials: { username: 'old', password: 'secret-of-old', dkim },
      }
      const path = `/v1/connections/${connection.id}`
      const put = await http.send('PUT', path, { headers: owner, body: byPassword })
      expect(await put.json()).not.toHaveProperty('authorization')
      const anew = await provider.consent(
        (await start({ connector: 'email', connectionId: connection.id })).authorizeUrl,
      )
      expect((await finish({ ...anew.params, connector: 'email' })).status).toBe(200)
      expect((await secretsOf(connection.id)).credentials).toEqual({
        username: 'brand@example.com',
        accessToken: expect.any(String),
        dkim,
      })
    })

    test('what cannot be connected so says why, and what can says how', async () => {
      const refused = async (body: object) => problemOf(await ask(routes.authorizeConnection, owner, body))
      expect(await refused({ connector: 'webhook' })).toMatchObject({ code: 'runtime.oauth_unsupported' })
      expect(await refused({ connector: 'telegraph' })).toMatchObject({ code: 'runtime.connector_unknown' })
      expect(await refused({ connector: 'slack', settings: { defaultChannel: 'two words' } })).toMatchObject({
        code: 'runtime.connection_invalid',
      })
      expect(await refused({ connector: 'slack', name: 'team' })).toMatchObject({ code: 'runtime.connection_exists' })
      const none = '019370f0-0000-7000-8000-000000000000'
      expect(await refused({ connector: 'slack', connectionId: none })).toMatchObject({ status: 404 })
      await syncCatalogue(http.database, codeCatalogue(http.parts.services.agents))
      const { connectors } = routes.listConnectors.responses[200].schema.parse(
        await (await http.send('GET', '/v1/connectors', { headers: owner })).json(),
      )
      const consentOf = (id: string) => connectors.find((one) => one.id === id)?.consent
      expect(consentOf('slack')).toMatchObject({
        isConfigured: true,
        redirectUri: `${publicUrl}/connections/callback/slack`,
      })
      expect(consentOf('webhook')).toBeUndefined()
    })
  })
}
