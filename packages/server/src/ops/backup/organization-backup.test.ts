import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKinds, isMissing, openTestDatabase } from '../../../test/database.ts'
import { addOddRows, type OddRows, readEverything } from '../../../test/odd-rows.ts'
import { newId } from '../../base/ids.ts'
import { type Database, sql, withTenant } from '../../db/index.ts'
import { withEveryOrganization, withSystem } from '../../db/system.ts'
import { appendAudit, verifyAudit } from '../../identity/index.ts'
import { backUp } from './back-up.ts'
import { inspectBackup, restoreBackup } from './restore.ts'

const masterKey = Buffer.alloc(32, 1)
const onProgress = () => {}
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-organization-backup-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const restore = async (database: Database, path: string) =>
  restoreBackup(database, { path, header: await inspectBackup(path, onProgress), masterKey, onProgress })

/** The rows of one organization, and of nobody else's, in every table that has them. */
async function rowsOf(database: Database, { organizationId }: OddRows) {
  const everything = await readEverything(database)
  return Object.fromEntries(
    Object.entries(everything)
      .map(([name, rows]) => [name, rows.filter((row) => row.includes(organizationId))] as const)
      .filter(([, rows]) => rows.length > 0),
  )
}

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`the backup of one organization on the ${kind} database`, () => {
    let source: Database
    let target: Database
    let client: OddRows
    let other: OddRows
    let path: string

    beforeAll(async () => {
      source = await openTestDatabase(kind)
      target = await openTestDatabase(kind)
      client = await addOddRows(source, { name: 'Client', email: 'owner@example.com', masterKey })
      await addOddRows(source, { name: 'Neighbour', email: 'neighbour@example.com', masterKey })
      other = await addOddRows(target, { name: 'Other', email: 'other@example.com', masterKey })
      // One who asked another to join, and has left since.
      const inviterId = newId()
      await withSystem(source, async (tx) => {
        await tx.insertInto('users').values({ id: inviterId, name: 'Left', email: 'left@example.com' }).execute()
        await tx
          .insertInto('invitations')
          .values({
            id: newId(),
            organization_id: client.organizationId,
            email: 'new@example.com',
            role: 'viewer',
            status: 'pending',
            inviter_id: inviterId,
            expires_at: new Date(),
          })
          .execute()
      })
      await withTenant(source, client.organizationId, (tx) =>
        appendAudit(tx, { actor: `user:${client.userId}`, action: 'odd' }),
      )
      path = join(folder, `${kind}.neonhub`)
      await backUp(source, { path, organization: client.slug.toUpperCase(), replaces: false, onProgress })
    })
    afterAll(async () => {
      await source.close()
      await target.close()
    })

    test('brings its rows and its people, and not a row of another', { timeout: 60_000 }, async () => {
      const before = await readEverything(target)
      const result = await restore(target, path)
      expect(result).toMatchObject({ usersMade: 2, usersKnown: 0, credentials: 'open' })
      expect(await rowsOf(target, client)).toEqual(await rowsOf(source, client))
      const after = await readEverything(target)
      const emails = (after['users'] ?? []).filter((row) => row.includes('@example.com'))
      expect(emails.map((row) => /[a-z]+@example\.com/.exec(row)?.[0]).toSorted()).toEqual([
        'left@example.com',
        'other@example.com',
        'owner@example.com',
      ])
      expect(after['sessions']).toEqual(before['sessions'])
      expect(await rowsOf(target, other)).toEqual(
        Object.fromEntries(
          Object.entries(before)
            .map(([name, rows]) => [name, rows.filter((row) => row.includes(other.organizationId))] as const)
            .filter(([, rows]) => rows.length > 0),
        ),
      )
      expect(await withTenant(target, client.organizationId, verifyAudit)).toEqual({ intact: true, entries: 1 })
    })

    test('is refused where the organization is, and changes nothing there', async () => {
      const before = await readEverything(target)
      await expect(restore(target, path)).rejects.toMatchObject({ code: 'backup.organization_exists' })
      expect(await readEverything(target)).toEqual(before)
    })

    test('is refused where another organization has its short name', async () => {
      const elsewhere = await openTestDatabase(kind)
      try {
        const id = newId()
        await withSystem(elsewhere, (tx) =>
          tx.insertInto('organizations').values({ id, name: 'Namesake', slug: client.slug.toUpperCase() }).execute(),
        )
        await expect(restore(elsewhere, path)).rejects.toMatchObject({ code: 'backup.organization_exists' })
      } finally {
        await elsewhere.close()
      }
    })

    test('points its members to users who are there by their address, and leaves these as they are', async () => {
      const elsewhere = await openTestDatabase(kind)
      try {
        const there = await addOddRows(elsewhere, { name: 'There', email: 'OWNER@example.com', masterKey })
        const before = await readEverything(elsewhere)
        expect(await restore(elsewhere, path)).toMatchObject({ usersMade: 1, usersKnown: 1 })
        const { rows } = await withEveryOrganization(elsewhere, (tx) =>
          sql<{ user_id: string }>`
            select user_id from organization_members where organization_id = ${client.organizationId}
          `.execute(tx),
        )
        expect(rows).toEqual([{ user_id: there.userId }])
        // A backup that somebody made up could otherwise bring a password for a user who is there.
        expect((await readEverything(elsewhere))['accounts']).toEqual(before['accounts'])
        expect((await readEverything(elsewhere))['users']).toEqual(expect.arrayContaining([...(before['users'] ?? [])]))
      } finally {
        await elsewhere.close()
      }
    })

    test('without its name, or where no installation is, is refused with what there is to do', async () => {
      await expect(
        backUp(source, { path: join(folder, 'no'), organization: 'nobody', replaces: false, onProgress }),
      ).rejects.toMatchObject({ code: 'ops.organization_unknown', hint: expect.stringContaining(client.slug) })
      const empty = await openTestDatabase(kind, { migrated: false })
      try {
        await expect(restore(empty, path)).rejects.toMatchObject({ code: 'backup.no_installation' })
      } finally {
        await empty.close()
      }
    })
  })
}
