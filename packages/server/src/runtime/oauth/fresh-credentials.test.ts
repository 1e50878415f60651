import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../../test/database.ts'
import { type OAuthProviderDouble, slackAnswer, startOAuthProvider, testApps } from '../../../test/oauth-provider.ts'
import { systemClock } from '../../base/clock.ts'
import { NeonHubError } from '../../base/errors.ts'
import { type ConnectionId, newId, type OrganizationId } from '../../base/ids.ts'
import { open } from '../../base/vault.ts'
import { type Database, withTenant } from '../../db/index.ts'
import { listNotifications } from '../../notifications/index.ts'
import { addConnection, checkConnection, sealCredentials } from '../connections.ts'
import { findConnection, insertCredential, listConnections } from '../sql/connections.ts'
import { freshCredentials } from './fresh-credentials.ts'
import { recordGrant } from './sql/grants.ts'

const masterKey = randomBytes(32)

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`fresh access on the ${kind} database`, () => {
    let database: Database
    let organizationId: OrganizationId
    let provider: OAuthProviderDouble
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      organizationId = await addOrganization(database)
      provider = await startOAuthProvider()
    }, 60_000)
    afterAll(async () => {
      await database.close()
      await provider.close()
    })
    beforeEach(() => {
      provider.state.cut = false
      provider.requests.length = 0
    })

    const partsOf = (oauthApps = testApps) => ({
      database,
      masterKey,
      clock: systemClock,
      fetch: provider.fetch,
      oauthApps,
    })
    const find = async (id: ConnectionId) => {
      const found = await withTenant(database, organizationId, (tx) => findConnection(tx, { id }))
      if (!found) throw new Error('it was just added')
      return found
    }
    const fresh = async (id: ConnectionId, oauthApps = testApps) =>
      freshCredentials(partsOf(oauthApps), organizationId, await find(id))
    const codeOf = (work: Promise<unknown>) =>
      work.then(
        () => 'none',
        (error: unknown) => (error instanceof NeonHubError ? error.code : String(error)),
      )
    const refreshTokenOf = async (id: ConnectionId) => {
      const { refreshCredentialId: credentialId, sealedRefresh } = await find(id)
      return credentialId && sealedRefresh && open(masterKey, { organizationId, credentialId }, sealedRefresh)
    }

    /** A Slack account whose access ends in so many seconds, beside a signing secret that is nobody's grant. */
    const connect = (expiresInSeconds: number | undefined, refreshToken: string | undefined = 'xoxe-1-first') =>
      withTenant(database, organizationId, async (tx) => {
        const id = await addConnection(tx, masterKey, {
          connector: 'slack',
          name: `slack ${newId()}`,
          mode: 'real',
          settings: {},
          credentials: { botToken: 'xoxb-old', signingSecrets: ['one that was entered'] },
        })
        const credential = sealCredentials(tx, masterKey, refreshToken === '' ? undefined : { refreshToken })
        if (credential) await insertCredential(tx, credential)
        await recordGrant(tx, {
          id,
          account: 'Acme (T0TEAM)',
          scopes: ['chat:write'],
          expiresInSeconds,
          refreshCredentialId: credential?.id,
        })
        return id
      })
    const notified = async (id: ConnectionId) => {
      const reader = { name: 'user:ann', kinds: ['connection_failed'] as const }
      const { notifications } = await withTenant(database, organizationId, (tx) =>
        listNotifications(tx, reader, { unreadOnly: true, limit: 50, before: undefined }),
      )
      return notifications.filter(({ subjectId }) => subjectId === id).length
    }

    test('what lasts is used as it is', async () => {
      for (const expiry of [undefined, 3_600]) {
        expect(await fresh(await connect(expiry))).toMatchObject({ botToken: 'xoxb-old' })
      }
      expect(provider.requests).toEqual([])
    })

    test('of many that begin at once, one refreshes; the rotated token is stored, and signing secrets stay', async () => {
      provider.state.answer = (request, count) => ({
        body: {
          ...slackAnswer({ refresh_token: `xoxe-1-next-${count}`, expires_in: 43_200 })(request, count).body,
          team: null,
        },
      })
      const id = await connect(-5)
      const all = await Promise.all(
        Array.from({ length: 6 }, () =>
          fresh(id, {
            slack: { clientId: 'a', clientSecret: 'b', signingSecret: undefined },
          }),
        ),
      )
      expect(provider.requests.map(({ form }) => form)).toEqual([
        { grant_type: 'refresh_token', refresh_token: 'xoxe-1-first' },
      ])
      for (const credentials of all) {
        expect(credentials).toEqual({ botToken: 'xoxb-1', signingSecrets: ['one that was entered'] })
      }
      expect(await refreshTokenOf(id)).toEqual({ refreshToken: 'xoxe-1-next-1' })
      expect(await find(id)).toMatchObject({ account: 'Acme (T0TEAM)', status: 'active' })
    })

    test('who comes while another refreshes goes on with what still holds', async () => {
      const gate = Promise.withResolvers<void>()
      provider.state.answer = slackAnswer({ refresh_token: 'xoxe-1-next', expires_in: 43_200 })
      const id = await connect(200)
      const slow = {
        ...partsOf(),
        fetch: async (...call: Parameters<typeof fetch>) => (await gate.promise, provider.fetch(...call)),
      }
      const first = freshCredentials(slow, organizationId, await find(id))
      await expect
        .poll(async () => {
          const row = await withTenant(database, organizationId, (tx) =>
            tx.selectFrom('connector_auths').select('refreshing_until').where('id', '=', id).executeTakeFirst(),
          )
          return row?.refreshing_until
        })
        .not.toBeNull()
      expect(await fresh(id)).toMatchObject({ botToken: 'xoxb-old' })
      gate.resolve()
      expect(await first).toMatchObject({ botToken: 'xoxb-1' })
      expect(provider.requests).toHaveLength(1)
    })

    test('an answer without a new refresh token keeps the one before', async () => {
      provider.state.answer = slackAnswer({ refresh_token: undefined, expires_in: 43_200 })
      const id = await connect(10)
      expect(await fresh(id)).toMatchObject({ botToken: 'xoxb-1' })
      expect(await refreshTokenOf(id)).toEqual({ refreshToken: 'xoxe-1-first' })
    })

    test('a consent that was taken back asks for a person, once, and is not asked for again', async () => {
      provider.state.answer = () => ({ body: { ok: false, error: 'invalid_refresh_token' } })
      const id = await connect(-1)
      expect(await codeOf(fresh(id))).toBe('runtime.consent_needed')
      expect(await codeOf(fresh(id))).toBe('runtime.consent_needed')
      expect(provider.requests).toHaveLength(1)
      expect(await notified(id)).toBe(1)
      expect(await refreshTokenOf(id)).toBeUndefined()
      const shown = (await withTenant(database, organizationId, listConnections)).find((one) => one.id === id)
      expect(shown).toMatchObject({ status: 'failing', authorization: { refreshes: false } })
      expect(shown?.lastError).toContain('presses Connect again')
    })

    test('a provider that is away, or an app that it refuses, is no end of the consent', async () => {
      provider.state.cut = true
      const early = await connect(60)
      expect(await fresh(early)).toMatchObject({ botToken: 'xoxb-old' })
      const late = await connect(-1)
      expect(await codeOf(fresh(late))).toBe('runtime.oauth_unreachable')
      provider.state.cut = false
      provider.state.answer = () => ({ body: { ok: false, error: 'bad_client_secret' } })
      const misconfigured = await connect(-1)
      expect(await codeOf(fresh(misconfigured))).toBe('runtime.oauth_refresh_refused')
      expect(await codeOf(fresh(await connect(-1), {}))).toBe('runtime.oauth_not_configured')
      for (const id of [early, late, misconfigured]) {
        expect(await refreshTokenOf(id)).toEqual({ refreshToken: 'xoxe-1-first' })
        expect(await notified(id)).toBe(0)
      }
    })

    test('access that ends and cannot be refreshed is used until then, and a check says when it has', async () => {
      expect(await fresh(await connect(100, ''))).toMatchObject({ botToken: 'xoxb-old' })
      const id = await connect(-1, '')
      const parts = { ...partsOf(), resolveHost: async () => ['127.0.0.1'] as const, mockConnectors: undefined }
      expect(await checkConnection(parts, organizationId, id)).toContain('takes the access')
      expect(await notified(id)).toBe(1)
      expect(provider.requests).toEqual([])
    })
  })
}
