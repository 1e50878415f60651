import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { addMember, type TestMember } from '../../test/members.ts'
import { totpOf } from '../../test/totp.ts'
import { systemClock } from '../base/clock.ts'
import type { OrganizationId } from '../base/ids.ts'
import { createLogger } from '../base/log.ts'
import { type Database, sql, withTenant } from '../db/index.ts'
import { createIdentity, type Identity, listAudit, resetTwoFactor, updateOrganization } from './index.ts'

const publicUrl = 'http://localhost:3000'
const password = 'a long password'
const Enabled = z.object({ totpURI: z.string(), backupCodes: z.array(z.string()).length(10) })

describe.for(databaseKinds.filter((kind) => !isMissing(kind)))('a second factor (%s)', (kind) => {
  let database: Database
  let identity: Identity
  let organizationId: OrganizationId
  let member: TestMember

  beforeAll(async () => {
    database = await openTestDatabase(kind)
    identity = createIdentity({
      database,
      masterKey: randomBytes(32),
      publicUrl,
      trustedOrigins: [],
      localToken: undefined,
      clock: systemClock,
      logger: createLogger({ level: 'fatal' }),
    })
    organizationId = await addOrganization(database, 'Guarded')
    member = await addMember(database, { organizationId, role: 'owner', password })
  }, 60_000)
  afterAll(() => database.close())

  /** The cookies of a browser, which keeps what each answer sets. */
  class Browser {
    readonly #cookies = new Map<string, string>()

    headers = () => ({ cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') })

    async post(path: string, body: unknown): Promise<Response> {
      const response = await identity.handleAuth(
        new Request(`${publicUrl}/api/auth${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', origin: publicUrl, ...this.headers() },
          body: JSON.stringify(body),
        }),
      )
      for (const cookie of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
        if (/max-age=0/i.test(cookie)) this.#cookies.delete(name)
        else this.#cookies.set(name, value)
      }
      return response
    }

    signIn = () => this.post('/sign-in/email', { email: member.email, password })
    caller = () => identity.resolveCaller(new Headers(this.headers()))
  }

  const actions = async () =>
    (await withTenant(database, organizationId, (tx) => listAudit(tx, { limit: 50 }))).map(({ action }) => action)

  test('guards every later sign-in, until it is taken away with the password', async () => {
    const browser = new Browser()
    await browser.signIn()
    expect(await browser.caller()).toMatchObject({ twoFactor: false, lacksTwoFactor: false })
    expect((await browser.post('/two-factor/enable', { password: 'a wrong password' })).status).toBe(400)
    const { totpURI, backupCodes } = Enabled.parse(
      await (await browser.post('/two-factor/enable', { password })).json(),
    )
    // Nothing is asked before the app has shown a right code.
    expect(await (await new Browser().signIn()).json()).not.toHaveProperty('twoFactorRedirect')
    expect((await browser.post('/two-factor/verify-totp', { code: '000000' })).status).toBe(401)
    expect(await browser.caller()).toMatchObject({ twoFactor: false })
    expect((await browser.post('/two-factor/verify-totp', { code: totpOf(totpURI) })).status).toBe(200)
    expect(await browser.caller()).toMatchObject({ twoFactor: true })
    expect(await actions()).toEqual(['user.two_factor_enabled'])

    const stored = await sql<{ row: string }>`select t::text as row from two_factors t`.execute(database.kysely)
    const secret = new URL(totpURI).searchParams.get('secret') ?? 'none'
    for (const plain of [secret, ...backupCodes]) expect(stored.rows[0]?.row).not.toContain(plain)

    const other = new Browser()
    expect(await (await other.signIn()).json()).toMatchObject({ twoFactorRedirect: true, twoFactorMethods: ['totp'] })
    expect(await other.caller()).toBeUndefined()
    expect((await other.post('/two-factor/verify-totp', { code: '000000' })).status).toBe(401)
    expect((await other.post('/two-factor/disable', { password })).status).toBe(401)
    expect(await other.caller()).toBeUndefined()
    expect((await other.post('/two-factor/verify-totp', { code: totpOf(totpURI) })).status).toBe(200)
    expect(await other.caller()).toMatchObject({ kind: 'user', twoFactor: true })

    const third = new Browser()
    await third.signIn()
    const code = backupCodes[0] ?? ''
    expect((await third.post('/two-factor/verify-backup-code', { code })).status).toBe(200)
    expect(await third.caller()).toMatchObject({ twoFactor: true })
    const fourth = new Browser()
    await fourth.signIn()
    expect((await fourth.post('/two-factor/verify-backup-code', { code })).status).toBe(401)
    expect(await fourth.caller()).toBeUndefined()

    expect((await other.post('/two-factor/disable', { password: 'a wrong password' })).status).toBe(400)
    expect((await other.post('/two-factor/disable', { password })).status).toBe(200)
    expect(await (await new Browser().signIn()).json()).not.toHaveProperty('twoFactorRedirect')
    expect(await actions()).toEqual(['user.two_factor_disabled', 'user.backup_code_used', 'user.two_factor_enabled'])
  })

  test('guesses end after a few, across sign-ins, even where the right code comes last', async () => {
    const browser = new Browser()
    await browser.signIn()
    const { totpURI } = Enabled.parse(await (await browser.post('/two-factor/enable', { password })).json())
    await browser.post('/two-factor/verify-totp', { code: totpOf(totpURI) })
    for (let signIns = 0; signIns < 2; signIns += 1) {
      const guesser = new Browser()
      await guesser.signIn()
      for (let guess = 0; guess < 5; guess += 1)
        await guesser.post('/two-factor/verify-totp', { code: `00000${guess}` })
      expect((await guesser.post('/two-factor/verify-totp', { code: totpOf(totpURI) })).status).toBeGreaterThanOrEqual(
        400,
      )
    }
    const late = new Browser()
    await late.signIn()
    expect((await late.post('/two-factor/verify-totp', { code: totpOf(totpURI) })).status).toBe(429)
    expect(await late.caller()).toBeUndefined()

    const reset = await resetTwoFactor(database, { email: member.email.toUpperCase() })
    expect(reset).toMatchObject({ email: member.email, hadTwoFactor: true })
    expect(reset.endedSessions).toBeGreaterThan(0)
    expect(await browser.caller()).toBeUndefined()
    const after = new Browser()
    expect(await (await after.signIn()).json()).not.toHaveProperty('twoFactorRedirect')
    expect(await after.caller()).toMatchObject({ twoFactor: false })
    expect((await actions())[0]).toBe('user.two_factor_reset')
    await expect(resetTwoFactor(database, { email: 'nobody@example.com' })).rejects.toMatchObject({
      code: 'identity.user_unknown',
    })
  })

  test('is asked of members by an organization that says so, and of no other', async () => {
    const browser = new Browser()
    await browser.signIn()
    const change = (requireTwoFactor?: boolean) =>
      withTenant(database, organizationId, (tx) =>
        updateOrganization(tx, { name: 'Guarded', timeZone: 'UTC', requireTwoFactor }),
      )
    expect(await change(true)).toMatchObject({ requireTwoFactor: true })
    const shut = await browser.caller()
    expect(shut).toMatchObject({ lacksTwoFactor: true, organization: { requireTwoFactor: true } })
    expect(shut?.permissions.size).toBe(0)
    // What is not named stays.
    expect(await change()).toMatchObject({ requireTwoFactor: true })
    const { totpURI } = Enabled.parse(await (await browser.post('/two-factor/enable', { password })).json())
    await browser.post('/two-factor/verify-totp', { code: totpOf(totpURI) })
    const open = await browser.caller()
    expect(open).toMatchObject({ lacksTwoFactor: false, twoFactor: true })
    expect(open?.permissions).toContain('organization:manage')
  })
})
