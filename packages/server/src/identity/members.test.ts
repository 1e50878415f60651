import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { actorOf, addMember, operator } from '../../test/members.ts'
import { systemClock } from '../base/clock.ts'
import { newId, type OrganizationId, type UserId } from '../base/ids.ts'
import { createLogger } from '../base/log.ts'
import { type Database, type TenantTx, withTenant } from '../db/index.ts'
import {
  acceptInvitation,
  changeMemberRole,
  changeUserSettings,
  createApiKey,
  createIdentity,
  createInvitation,
  createRole,
  deleteRole,
  getUserSettings,
  type Identity,
  leaveOrganization,
  listInvitations,
  listMembers,
  listRoles,
  type Permission,
  removeMember,
  revokeInvitation,
  updateRole,
  withholdPermissions,
} from './index.ts'

describe.for(databaseKinds.filter((kind) => !isMissing(kind)))('members and roles (%s)', (kind) => {
  let database: Database
  let identity: Identity
  let organizationId: OrganizationId
  const now = new Date()

  beforeAll(async () => {
    database = await openTestDatabase(kind)
    identity = createIdentity({
      database,
      masterKey: randomBytes(32),
      publicUrl: 'http://localhost:3000',
      trustedOrigins: [],
      localToken: undefined,
      clock: systemClock,
      logger: createLogger({ level: 'fatal' }),
    })
    organizationId = await addOrganization(database, 'Members')
  }, 60_000)
  afterAll(() => database.close())

  const inTenant = <Result>(work: (tx: TenantTx) => Promise<Result>, within = organizationId) =>
    withTenant(database, within, work)
  const add = (role: string, within = organizationId) => addMember(database, { organizationId: within, role })
  const makeRole = (
    name: string,
    held: readonly Permission[],
    actor: Parameters<typeof createRole>[1]['actor'] = operator,
  ) => inTenant((tx) => createRole(tx, { actor, name, description: '', permissions: held }))
  const setRole = (id: string, role: string, actor: Parameters<typeof createRole>[1]['actor'] = operator) =>
    inTenant((tx) => changeMemberRole(tx, { actor, id, role }))
  const keyOf = (createdBy: string, scopes: readonly Permission[], actsFor?: UserId) =>
    inTenant((tx) => createApiKey(tx, { name: 'key', scopes, createdBy, actsFor, expiresAt: undefined }))
  const permissionsOfKey = async (key: string) => {
    const caller = await identity.resolveCaller(new Headers({ authorization: `Bearer ${key}` }))
    return [...(caller?.permissions ?? [])]
  }
  const ownersOf = async (within: OrganizationId) =>
    (await listMembers(database, within)).filter(({ roles }) => roles.includes('owner')).length

  test('two owners who demote each other at once, or leave, or remove each other, leave one', async () => {
    const rounds = kind === 'server' ? 24 : 3
    for (let round = 0; round < rounds; round += 1) {
      const own = await addOrganization(database, `Owners ${round}`)
      const [one, other] = [await add('owner', own), await add('owner', own)]
      const demote = (actor: typeof one, target: typeof one) =>
        inTenant((tx) => changeMemberRole(tx, { actor: actorOf(actor.userId), id: target.id, role: 'editor' }), own)
      const remove = (actor: typeof one, target: typeof one) =>
        inTenant((tx) => removeMember(tx, { actor: actorOf(actor.userId), id: target.id, now }), own)
      const leave = (actor: typeof one) => inTenant((tx) => leaveOrganization(tx, { userId: actor.userId, now }), own)
      const attempts = [
        () => [demote(one, other), demote(other, one)],
        () => [leave(one), leave(other)],
        () => [remove(one, other), remove(other, one)],
        () => [demote(one, one), leave(other)],
      ]
      const outcomes = await Promise.allSettled(attempts[round % attempts.length]?.() ?? [])
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: expect.stringMatching(/^identity\.(last_owner|permission_missing)$/) },
      })
      expect(await ownersOf(own)).toBe(1)
    }
  }, 60_000)

  test('nobody gives what they lack, by role, by invitation or by a role of the organization', async () => {
    await makeRole('people-lead', ['members:read', 'members:manage', 'runs:read'])
    const lead = await add('people-lead')
    const [viewer, admin] = [await add('viewer'), await add('admin')]
    const actor = actorOf(lead.userId)
    const exceeds = { code: 'identity.grant_exceeds', kind: 'forbidden' }
    await expect(setRole(viewer.id, 'admin', actor)).rejects.toMatchObject(exceeds)
    await expect(setRole(lead.id, 'admin', actor)).rejects.toMatchObject(exceeds)
    await expect(setRole(admin.id, 'people-lead', actor)).rejects.toMatchObject(exceeds)
    await expect(makeRole('sneaky', ['audit:read'], actor)).rejects.toMatchObject(exceeds)
    const { id = '' } = await makeRole('reader', ['runs:read'], actor)
    const widen = (held: readonly Permission[]) =>
      inTenant((tx) => updateRole(tx, { actor, id, description: '', permissions: held }))
    await expect(widen(['runs:read', 'runs:write'])).rejects.toMatchObject(exceeds)
    const invite = (role: string, by: Parameters<typeof createRole>[1]['actor'] = actor) =>
      inTenant((tx) => createInvitation(tx, { actor: by, email: 'new@example.com', role, now }))
    await expect(invite('editor')).rejects.toMatchObject(exceeds)
    await expect(invite('owner', actorOf(admin.userId))).rejects.toMatchObject({ code: 'identity.owner_only' })
    await expect(setRole(viewer.id, 'owner', actorOf(admin.userId))).rejects.toMatchObject({
      code: 'identity.owner_only',
    })
    await expect(invite('no-such-role', operator)).rejects.toMatchObject({ code: 'identity.role_unknown' })
    expect((await invite('reader')).invitation).toMatchObject({ role: 'reader', status: 'pending' })
    // A role that was granted in the meantime does not widen what the request began with.
    const narrow = actorOf(admin.userId, ['members:manage'])
    await expect(setRole(viewer.id, 'editor', narrow)).rejects.toMatchObject(exceeds)
  })

  test('an own role allows what it says from one request to the next, and is not deleted while somebody has it', async () => {
    const { id = '' } = await makeRole('auditor', ['audit:read'])
    const member = await add('auditor')
    const { key } = await keyOf(`user:${member.userId}`, ['audit:read', 'runs:read'])
    expect(await permissionsOfKey(key)).toEqual(['audit:read'])
    const update = (held: readonly Permission[]) =>
      inTenant((tx) => updateRole(tx, { actor: operator, id, description: 'Looks', permissions: held }))
    expect(await update(['runs:read'])).toMatchObject({ description: 'Looks', permissions: ['runs:read'], members: 1 })
    expect(await permissionsOfKey(key)).toEqual(['runs:read'])
    const remove = () => inTenant((tx) => deleteRole(tx, { actor: operator, id, now }))
    await expect(remove()).rejects.toMatchObject({ code: 'identity.role_in_use', kind: 'conflict' })
    await setRole(member.id, 'viewer')
    expect(await remove()).toMatchObject({ name: 'auditor' })
    expect(await remove()).toBeUndefined()
    await expect(setRole(member.id, 'auditor')).rejects.toMatchObject({ code: 'identity.role_unknown' })
    await expect(makeRole('owner', [])).rejects.toMatchObject({ code: 'identity.role_exists' })
  })

  test('a role that is given and deleted at once is either had or gone, never had and gone', async () => {
    const member = await add('viewer')
    for (let round = 0; round < (kind === 'server' ? 12 : 2); round += 1) {
      const name = `fleeting-${round}`
      const { id = '' } = await makeRole(name, ['runs:read'])
      await Promise.allSettled([
        setRole(member.id, name),
        inTenant((tx) => deleteRole(tx, { actor: operator, id, now })),
      ])
      const { roles } = await inTenant(listRoles)
      const held = (await listMembers(database, organizationId)).find((one) => one.id === member.id)?.roles ?? []
      expect(roles.map((role) => role.name)).toEqual(expect.arrayContaining([...held]))
    }
  })

  test('a key loses what its maker loses, has it back with the maker, and so do keys that it made', async () => {
    const maker = await add('editor')
    const { key } = await keyOf(`user:${maker.userId}`, ['runs:read', 'runs:write'])
    const parent = await identity.resolveCaller(new Headers({ authorization: `Bearer ${key}` }))
    expect(parent?.actsFor).toBe(maker.userId)
    const child = await keyOf(parent?.name ?? '', ['runs:write'], parent?.actsFor)
    const byOperator = await keyOf('cli', ['runs:write'])
    expect(await permissionsOfKey(child.key)).toEqual(['runs:write'])
    await setRole(maker.id, 'viewer')
    expect(await permissionsOfKey(key)).toEqual(['runs:read'])
    expect(await permissionsOfKey(child.key)).toEqual([])
    expect(await permissionsOfKey(byOperator.key)).toEqual(['runs:write'])
    await setRole(maker.id, 'editor')
    expect(await permissionsOfKey(child.key)).toEqual(['runs:write'])

    const removed = await inTenant((tx) => removeMember(tx, { actor: operator, id: maker.id, now }))
    expect(removed).toMatchObject({ userId: maker.userId, revokedKeys: 2 })
    for (const gone of [key, child.key]) {
      await expect(permissionsOfKey(gone)).rejects.toMatchObject({ kind: 'unauthenticated' })
    }
    expect(await permissionsOfKey(byOperator.key)).toEqual(['runs:write'])
  })

  test('what the operator withholds is nobody’s, and comes back when it is let go', async () => {
    const own = await addOrganization(database, 'Withheld')
    const owner = await add('owner', own)
    const key = await withTenant(database, own, (tx) =>
      createApiKey(tx, { name: 'k', scopes: ['runs:write', 'runs:read'], createdBy: 'cli', expiresAt: undefined }),
    )
    await inTenant((tx) => withholdPermissions(tx, ['runs:write', 'runs:write']), own)
    expect(await permissionsOfKey(key.key)).toEqual(['runs:read'])
    const make = () =>
      inTenant(
        (tx) =>
          createRole(tx, {
            actor: actorOf(owner.userId),
            name: 'writer',
            description: '',
            permissions: ['runs:write'],
          }),
        own,
      )
    await expect(make()).rejects.toMatchObject({ code: 'identity.grant_exceeds' })
    const { roles, withheld } = await inTenant(listRoles, own)
    expect(withheld).toEqual(['runs:write'])
    expect(roles.find(({ name }) => name === 'owner')?.permissions).not.toContain('runs:write')
    expect(await inTenant((tx) => withholdPermissions(tx, []), own)).toEqual([])
    expect(await permissionsOfKey(key.key)).toEqual(['runs:write', 'runs:read'])
  })

  test('an invitation is void once its inviter may no longer give its role, or is gone', async () => {
    const inviter = await add('admin')
    const guest = await add('viewer', await addOrganization(database, 'Elsewhere'))
    const invite = (role: string) =>
      inTenant((tx) => createInvitation(tx, { actor: actorOf(inviter.userId), email: guest.email, role, now }))
    const accept = (id: string, email = guest.email) =>
      acceptInvitation(database, { id, user: { id: guest.userId, email }, now, onJoined: async () => {} })
    const first = (await invite('editor')).invitation
    await setRole(inviter.id, 'editor')
    await expect(accept(first.id)).rejects.toMatchObject({ code: 'identity.invitation_void' })
    await setRole(inviter.id, 'admin')
    expect(await accept(first.id, 'somebody.else@example.com')).toBeUndefined()
    const second = (await invite('viewer')).invitation
    // The newer took the place of the older.
    expect(await accept(first.id)).toBeUndefined()
    const removed = await inTenant((tx) => removeMember(tx, { actor: operator, id: inviter.id, now }))
    expect(removed).toMatchObject({ cancelledInvitations: 1 })
    expect(await accept(second.id)).toBeUndefined()
    const listed = await inTenant((tx) => listInvitations(tx, now))
    expect(listed.filter(({ email }) => email === guest.email).map(({ status }) => status)).toEqual([
      'canceled',
      'canceled',
    ])

    const { invitation } = await inTenant((tx) =>
      createInvitation(tx, { actor: operator, email: guest.email.toUpperCase(), role: 'viewer', now }),
    )
    const both = await Promise.allSettled([accept(invitation.id), accept(invitation.id)])
    expect(both.filter((one) => one.status === 'fulfilled' && one.value !== undefined)).toHaveLength(1)
    const late = new Date(now.getTime() + 8 * 24 * 3600 * 1000)
    const again = await inTenant((tx) =>
      createInvitation(tx, { actor: operator, email: guest.email, role: 'viewer', now }),
    )
    const tooLate = { id: again.invitation.id, user: { id: guest.userId, email: guest.email }, now: late }
    expect(await acceptInvitation(database, { ...tooLate, onJoined: async () => {} })).toBeUndefined()
    await expect(accept(again.invitation.id)).rejects.toMatchObject({ code: 'identity.already_a_member' })
  })

  test('ids of another organization are not there', async () => {
    const foreign = await addOrganization(database, 'Foreign')
    const member = await add('viewer', foreign)
    const role = await inTenant(
      (tx) => createRole(tx, { actor: operator, name: 'theirs', description: '', permissions: ['runs:read'] }),
      foreign,
    )
    const { invitation } = await inTenant(
      (tx) => createInvitation(tx, { actor: operator, email: 'theirs@example.com', role: 'viewer', now }),
      foreign,
    )
    for (const id of [newId(), undefined]) {
      expect(await setRole(id ?? member.id, 'editor')).toBeUndefined()
      expect(await inTenant((tx) => removeMember(tx, { actor: operator, id: id ?? member.id, now }))).toBeUndefined()
      const roleId = id ?? role.id ?? ''
      expect(
        await inTenant((tx) => updateRole(tx, { actor: operator, id: roleId, description: '', permissions: [] })),
      ).toBeUndefined()
      expect(await inTenant((tx) => deleteRole(tx, { actor: operator, id: roleId, now }))).toBeUndefined()
      const revoke = { actor: operator, id: id ?? invitation.id, now }
      expect(await inTenant((tx) => revokeInvitation(tx, revoke))).toBeUndefined()
    }
    await expect(setRole((await add('viewer')).id, 'theirs')).rejects.toMatchObject({ code: 'identity.role_unknown' })
    const [theirs] = await inTenant((tx) => listInvitations(tx, now), foreign)
    expect(theirs?.status).toBe('pending')
  })

  test('two changes of a user’s settings at once both stand, and what is not named stays', async () => {
    const { userId } = await add('viewer')
    expect(await getUserSettings(database, userId)).toMatchObject({
      theme: 'system',
      notifications: { run_failed: { mail: false } },
    })
    const all = { mail: true, inApp: true }
    const none = { mail: false, inApp: false }
    await Promise.all([
      changeUserSettings(database, userId, { theme: 'dark', notifications: { run_failed: all } }),
      changeUserSettings(database, userId, { timeZone: 'Europe/Berlin', notifications: { member_joined: none } }),
    ])
    const changed = await changeUserSettings(database, userId, { locale: 'de' })
    expect(changed).toMatchObject({ theme: 'dark', timeZone: 'Europe/Berlin', locale: 'de' })
    expect(changed.notifications).toMatchObject({ run_failed: all, member_joined: none, approval_requested: all })
    expect(await changeUserSettings(database, userId, { locale: null })).not.toHaveProperty('locale')
  })
})
