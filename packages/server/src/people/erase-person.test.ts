import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { grantConsents } from '../../test/consents.ts'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { restOf, startTestRuntime, type TestRuntime } from '../../test/runtime.ts'
import { type BrandId, newId, type OrganizationId } from '../base/ids.ts'
import { signUnsubscribeToken } from '../base/unsubscribe-token.ts'
import { type Database, sql, type TenantTx, withTenant } from '../db/index.ts'
import { appendAudit, hashAuditEntries, verifyAudit } from '../identity/index.ts'
import { createMemory, listMemories } from '../knowledge/index.ts'
import { defineAgent, intent } from '../runtime/index.ts'
import { createTask, findTask } from '../tasks/index.ts'
import {
  addNote,
  addObjective,
  addPerson,
  erasePerson,
  exportPerson,
  findPersonDetail,
  importPeople,
  listPeople,
  suppressAddress,
} from './index.ts'

/** Leaves an address wherever a run leaves anything. */
const writer = defineAgent({
  name: 'Writer',
  description: 'Writes to one address',
  kind: 'workflow',
  policy: { tools: ['email.send', 'slack.postMessage'], maxCostMicros: 1_000, withoutApproval: ['email.send'] },
  intents: {
    write: intent({
      description: 'Writes to one address and tells a chat of it',
      input: z.strictObject({ to: z.string(), waits: z.boolean().default(false) }),
      output: z.object({ sentTo: z.string(), text: z.string() }),
      run: async ({ input, tools, step, llm }) => {
        await step(`look at ${input.to}`, async () => ({ seen: [input.to], line: `To:\n${input.to}\tnow` }))
        const { value } = await llm.text('write', { prompt: { task: `Write to ${input.to} about mills.` } })
        const link = `https://hub.example/unsubscribe/${await step('link', async () => linkOf(input.to))}`
        const text = `Dear ${input.to},\n${input.to}\n\n${link}\nhttps://shop.example/?for=${encodeURIComponent(input.to)}`
        await tools.call('mail', { tool: 'email.send', input: { to: [input.to], subject: 'Mills', text } })
        if (input.waits) {
          await tools.call('tell', { tool: 'slack.postMessage', input: { channel: '#general', text: input.to } })
        }
        return { sentTo: input.to, text: value }
      },
    }),
  },
})
let linkOf: (address: string) => string = () => ''

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`erasing a person on the ${kind} database`, () => {
    let database: Database
    let testing: TestRuntime
    let organizationId: OrganizationId
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      testing = await startTestRuntime(database, [writer])
      organizationId = testing.organizationId
      linkOf = (address) => signUnsubscribeToken(testing.masterKey, { organizationId, address })
    })
    afterAll(async () => {
      await testing?.stop()
      await database?.close()
    })

    const inside = <Result>(work: (tx: TenantTx) => Promise<Result>, organization = organizationId) =>
      withTenant(database, organization, work)
    const write = async (to: string, waits = false) => {
      const request = { agent: 'Writer', intent: 'write', input: { to, waits }, requestedBy: 'cli' }
      const { runId } = await testing.runtime.startRun(organizationId, request)
      return restOf(testing, runId)
    }
    const erase = (address: string) =>
      inside(async (tx) => {
        const receipt = await erasePerson(tx, { channel: 'email', address, actor: 'cli', masterKey: testing.masterKey })
        const redacted = await hashAuditEntries(tx, receipt.auditIds)
        await appendAudit(tx, {
          actor: 'cli',
          action: 'person.erased',
          subject: `address:${receipt.addressHmac}`,
          detail: { redacted },
        })
        return receipt
      })

    /** Every row of the organization as text in lower case, read past row-level security. */
    const allRows = async (organization = organizationId) => {
      const { rows: tables } = await sql<{ name: string }>`
        select c.relname as name from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1
      `.execute(database.kysely)
      const found: { readonly table: string; readonly text: string }[] = []
      for (const { name } of tables) {
        const { rows } = await sql<{ text: string }>`
          select lower(to_jsonb(t)::text) as text from ${sql.table(name)} t where organization_id = ${organization}
        `.execute(database.kysely)
        found.push(...rows.map(({ text }) => ({ table: name, text })))
      }
      return found
    }
    /** The tables whose rows hold one of these texts, in any case. */
    const tablesWith = async (texts: readonly string[], organization = organizationId) => {
      const lower = texts.map((text) => text.toLowerCase())
      const rows = (await allRows(organization)).filter(({ text }) => lower.some((one) => text.includes(one)))
      return [...new Set(rows.map(({ table }) => table))]
    }

    const tracesOf = (address: string) =>
      [address, address.toUpperCase()].flatMap((one) => [one, encodeURIComponent(one), linkOf(one).split('.')[0] ?? ''])

    test('what is remembered about the person is exported and forgotten, and what names them is redacted', async () => {
      const address = 'mem.orable@example.com'
      await grantConsents(testing, [address])
      const [person] = await inside((tx) => listPeople(tx, { address, limit: 1 }))
      const brandId: BrandId = newId()
      await inside(async (tx) => {
        const brand = { organization_id: organizationId, id: brandId, slug: 'memories', name: 'Memories' }
        await tx.insertInto('brands').values(brand).execute()
        const memory = { brandId, kind: 'lesson' as const, createdBy: 'cli' }
        await createMemory(tx, { ...memory, text: 'Likes walnut', personId: person?.id })
        await createMemory(tx, { ...memory, text: `Ask ${address} about walnut` })
        await createMemory(tx, { ...memory, text: 'Walnut is dear' })
      })
      const { traces } = await inside((tx) => exportPerson(tx, { channel: 'email', address }))
      const texts = traces.filter(({ table }) => table === 'agent_memories').map(({ entry }) => Object(entry).text)
      expect(texts.toSorted()).toEqual([`Ask ${address} about walnut`, 'Likes walnut'])
      const { tables } = await erase(address)
      expect(tables).toContainEqual({ table: 'agent_memories', deleted: 1 })
      expect(tables).toContainEqual({ table: 'agent_memories', column: 'text', redacted: 1 })
      const left = await inside((tx) => listMemories(tx, { limit: 10 }))
      expect(left.map(({ text }) => text)).toEqual([
        'Walnut is dear',
        expect.stringMatching(/^Ask erased-.* about walnut$/),
      ])
    })

    test('what others keep that names the person is exported with it, and their own once', async () => {
      const [address, other] = ['named@example.com', 'colleague@example.com']
      await grantConsents(testing, [address, other])
      const idOf = async (one: string) =>
        (await inside((tx) => listPeople(tx, { address: one, limit: 1 })))[0]?.id ?? expect.fail(`no ${one}`)
      const [own, others] = [await idOf(address), await idOf(other)]
      await inside((tx) => addNote(tx, { personId: own, body: `Writes from ${address}`, author: 'cli' }))
      await inside((tx) => addNote(tx, { personId: others, body: `Works with ${address}`, author: 'cli' }))
      const objective = { personId: own, text: `Win ${address} back`, dueOn: undefined, createdBy: 'cli' }
      await inside((tx) => addObjective(tx, objective))
      const { people, traces } = await inside((tx) => exportPerson(tx, { channel: 'email', address }))
      expect(people[0]?.notes.map(({ body }) => body)).toEqual([`Writes from ${address}`])
      const notes = traces.filter(({ table }) => table === 'person_notes').map(({ entry }) => Object(entry).body)
      expect(notes).toEqual([`Works with ${address}`])
      const ownTables = ['people', 'person_identities', 'person_consents', 'objectives', 'events']
      expect(traces.filter(({ table }) => ownTables.includes(table))).toEqual([])
    })

    test('a text as long as it may be that is full of the address has room for what stands in its place', async () => {
      const address = 'a@b.example'
      const text = `${address} `.repeat(166).trim()
      const brandId: BrandId = newId()
      const id = await inside(async (tx) => {
        const brand = { organization_id: organizationId, id: brandId, slug: 'full', name: 'Full' }
        await tx.insertInto('brands').values(brand).execute()
        return createMemory(tx, { brandId, kind: 'lesson', createdBy: 'cli', text })
      })
      const { tables } = await erase(address)
      expect(tables).toContainEqual({ table: 'agent_memories', column: 'text', redacted: 1 })
      const left = (await inside((tx) => listMemories(tx, { limit: 50 }))).find((memory) => memory.id === id)
      expect(left?.text).toMatch(/^(erased-\w+@erased\.invalid ?){166}$/)
    })

    test('no bound of a column that people write in is too narrow for what stands in the place of an address', async () => {
      const { rows } = await sql<{ place: string; bound: number }>`
        select place, bound from (
          select c.conrelid::regclass || '.' || (regexp_match(pg_get_constraintdef(c.oid), 'length\\(\\(?"?(\\w+)'))[1] as place,
            (regexp_match(pg_get_constraintdef(c.oid), '<= (\\d+)'))[1]::integer as bound
          from pg_constraint c where c.contype = 'c' and pg_get_constraintdef(c.oid) ~ 'length\\('
        ) as bounds
        where bound < 800 order by place
      `.execute(database.kysely)
      // By their own rules an address cannot stand in these: permissions, slugs, five fields of a timetable, a provider's ids.
      expect(rows.map(({ place }) => place)).toEqual([
        'organization_permissions.permission',
        'organization_roles.name',
        'role_permissions.permission',
        'schedules.cron',
        'webhook_deliveries.event_id',
      ])
    })

    test('objectives are exported and go with the person, and another person’s that names the address is redacted', async () => {
      const [address, friend] = ['o@b.example', 'friend@objective.example']
      await grantConsents(testing, [address, friend])
      const idOf = async (one: string) => {
        const [person] = await inside((tx) => listPeople(tx, { address: one, limit: 1 }))
        if (!person) throw new Error(`nobody has ${one}`)
        return person.id
      }
      const [personId, friendId] = [await idOf(address), await idOf(friend)]
      // As long as the contract lets it be, and full of the address.
      const full = `${address} `.repeat(41).trim()
      await inside(async (tx) => {
        const own = { personId, text: 'Win back by spring', dueOn: '2027-03-31', createdBy: 'cli' }
        await addObjective(tx, own)
        await addObjective(tx, { personId: friendId, text: full, dueOn: undefined, createdBy: 'cli' })
      })
      const exported = await inside((tx) => exportPerson(tx, { channel: 'email', address }))
      expect(exported.people).toMatchObject([{ objectives: [{ text: 'Win back by spring', dueOn: '2027-03-31' }] }])
      expect(exported.traces.filter(({ table }) => table === 'objectives')).toHaveLength(1)
      const { tables } = await erase(address)
      expect(tables).toContainEqual({ table: 'objectives', deleted: 1 })
      expect(tables).toContainEqual({ table: 'objectives', column: 'text', redacted: 1 })
      expect(await tablesWith(['win back by spring', address])).toEqual([])
      const left = await inside((tx) => findPersonDetail(tx, { personId: friendId, limit: 10 }))
      expect(left?.objectives).toMatchObject([{ text: expect.stringMatching(/^(erased-\w+@erased\.invalid ?){41}$/) }])
    })

    test('a task that names the address stays, with the address taken out of its texts, however long they are', async () => {
      const address = 'tom@task.example'
      const title = `Write to ${address} ${'x'.repeat(170)}`
      const task = { title, description: `Asked: why does ${address} wait?`, priority: 'normal' as const }
      const id = await inside((tx) => createTask(tx, { ...task, createdBy: 'cli' }))
      const { tables } = await erase(address)
      for (const column of ['title', 'description']) {
        expect(tables).toContainEqual({ table: 'tasks', column, redacted: 1 })
      }
      const left = await inside((tx) => findTask(tx, id))
      expect(left?.title).toMatch(/^Write to erased-\w+@erased\.invalid x+$/)
      expect(left?.description).toMatch(/^Asked: why does erased-\w+@erased\.invalid wait\?$/)
    })

    test('nothing of the address is left anywhere, and what others have stays', async () => {
      const address = 'ann.lee@example.com'
      const near = ['joann.lee@example.com', 'ann.lee@example.com.au', 'ann.lee@example.community']
      await grantConsents(testing, [address, ...near])
      // Spelled otherwise, its unsubscribe link has other bytes.
      for (const to of [address, 'Ann.Lee@Example.COM', ...near]) expect((await write(to)).error).toBeNull()
      const [other] = await inside((tx) => listPeople(tx, { address: near[0], limit: 1 }))
      await inside(async (tx) => {
        if (other) await addNote(tx, { personId: other.id, body: `Came by ${address}.`, author: 'cli' })
        await appendAudit(tx, {
          actor: 'cli',
          action: 'looked',
          subject: `email:${address}`,
          detail: { why: `asked (${address})` },
        })
        await appendAudit(tx, { actor: 'cli', action: 'looked', subject: 'something else' })
      })
      await addBrandText(address)
      const before = await tablesWith([address])
      expect(before).toEqual(
        expect.arrayContaining([
          'agent_runs',
          'audit_logs',
          'chunks',
          'llm_calls',
          'person_identities',
          'person_notes',
          'run_steps',
          'sandbox_records',
          'tool_executions',
        ]),
      )
      const hashes = await argumentHashes()

      const receipt = await erase(address)

      expect(receipt).toMatchObject({ people: 1, addresses: 1, addressHmac: expect.stringMatching(/^[0-9a-f]{64}$/) })
      expect(receipt.tables).toEqual(
        expect.arrayContaining([
          { table: 'people', deleted: 1 },
          { table: 'tool_executions', column: 'arguments', redacted: 2 },
        ]),
      )
      expect(JSON.stringify(receipt)).not.toMatch(/example\.com/i)
      // Those beside it hold it in their own, and are taken out before it is looked for.
      const beside = near.flatMap((one) => [one, encodeURIComponent(one).toLowerCase()])
      const left = (await allRows()).filter(({ text }) => {
        const rest = beside.reduce((masked, one) => masked.replaceAll(one, ''), text)
        return rest.includes(address) || rest.includes(encodeURIComponent(address).toLowerCase())
      })
      expect(left.map(({ table }) => table)).toEqual([])
      for (const spelling of [address, 'Ann.Lee@Example.COM']) {
        expect(await tablesWith([linkOf(spelling).split('.')[0] ?? 'none'])).toEqual([])
      }
      for (const one of near) expect((await tablesWith([one])).length).toBeGreaterThan(5)
      expect(await argumentHashes()).toEqual(hashes)
      expect(await inside(verifyAudit)).toMatchObject({ intact: true })
    })

    const argumentHashes = () =>
      inside((tx) => tx.selectFrom('tool_executions').select(['id', 'arguments_hash']).orderBy('id').execute())

    /** A passage of a document that names the address, in its text and in what search finds it by. */
    const addBrandText = (address: string) =>
      inside(async (tx) => {
        const ids = { brand: newId(), dataset: newId(), document: newId(), space: newId(), chunk: newId() }
        const organization_id = organizationId
        await tx
          .insertInto('brands')
          .values({ organization_id, id: ids.brand, slug: `b-${ids.brand}`, name: 'B' })
          .execute()
        await tx
          .insertInto('datasets')
          .values({ organization_id, id: ids.dataset, brand_id: ids.brand, kind: 'folder', source: '/x' })
          .execute()
        await sql`
          insert into documents (organization_id, id, brand_id, dataset_id, path, title, media_type, origin, content_hash, word_count)
          values (${organization_id}, ${ids.document}, ${ids.brand}, ${ids.dataset}, 'a.md', 'A', 'text/markdown', 'own', 'h', 3)
        `.execute(tx)
        await sql`
          insert into embedding_spaces (organization_id, id, provider, model, dimensions)
          values (${organization_id}, ${ids.space}, 'p', ${ids.space}, 3)
        `.execute(tx)
        const text = `Write to ${address} for parts.`
        await sql`
          insert into chunks (organization_id, id, brand_id, document_id, ordinal, heading_path, text, start_line, end_line,
            content_hash, untrusted, search)
          values (${organization_id}, ${ids.chunk}, ${ids.brand}, ${ids.document}, 0, '[]', ${text}, 1, 1, 'h', false,
            to_tsvector('english', ${text}))
        `.execute(tx)
        await sql`
          insert into chunk_embeddings (organization_id, brand_id, embedding_space_id, chunk_id, embedding)
          values (${organization_id}, ${ids.brand}, ${ids.space}, ${ids.chunk}, '[1,0,0]')
        `.execute(tx)
      })

    test('names that only a person’s addresses told apart stay apart, in all of their rows and where they are named', async () => {
      const addresses = ['kim@work.example', 'kim@home.example']
      const identities = addresses.map((address) => ({ channel: 'email' as const, address, verified: false }))
      const { masterKey } = testing
      const add = () =>
        inside((tx) =>
          addPerson(tx, { name: 'Kim', language: undefined, identities, topics: [], actor: 'cli', masterKey }),
        )
      await add()
      const organization_id = organizationId
      const brand_id = newId()
      const dataset_id = newId()
      const addCase = (tx: TenantTx, name: string, version: number) =>
        tx
          .insertInto('eval_cases')
          .values({
            organization_id,
            id: newId(),
            dataset_id,
            name,
            version,
            input: '{}',
            content_hash: `${name} ${version}`,
            created_by: 'cli',
          })
          .execute()
      const names = ['ask kim@work.example', 'ask KIM@work.example', 'ask kim@home.example', 'ask someone']
      await inside(async (tx) => {
        await tx.insertInto('brands').values({ organization_id, id: brand_id, slug: 'kims', name: 'Kims' }).execute()
        const dataset = { agent: 'Writer', intent: 'write', created_by: 'cli' }
        await tx
          .insertInto('eval_datasets')
          .values({ organization_id, id: dataset_id, slug: 'kims', ...dataset })
          .execute()
        for (const name of names) for (const version of [1, 2]) await addCase(tx, name, version)
        for (const address of addresses) {
          const keyword = { organization_id, id: newId(), brand_id, term: address }
          await tx.insertInto('keywords').values(keyword).execute()
        }
        await sql`
          insert into tasks (organization_id, id, title, created_by) values (${organization_id}, ${newId()}, ${names[0]}, 'cli')
        `.execute(tx)
      })
      const casesLeft = () =>
        inside((tx) =>
          tx
            .selectFrom('eval_cases')
            .select(['name', 'version'])
            .where('dataset_id', '=', dataset_id)
            .orderBy('name')
            .orderBy('version')
            .execute(),
        )

      const { tables } = await erase(addresses[0] ?? '')

      expect(tables).toContainEqual({ table: 'eval_cases', column: 'name', redacted: 6 })
      expect(tables).toContainEqual({ table: 'keywords', column: 'term', redacted: 2 })
      const left = await casesLeft()
      expect(left.map(({ version }) => version)).toEqual([1, 2, 1, 2, 1, 2, 1, 2])
      expect(new Set(left.map(({ name }) => name)).size).toBe(4)
      expect(left.slice(0, 6).every(({ name }) => /^ask erased-\w+@erased\.invalid-[0-9a-f]{12}$/.test(name))).toBe(
        true,
      )
      const titles = await inside((tx) =>
        tx.selectFrom('tasks').select('title').where('title', 'like', 'ask erased%').execute(),
      )
      expect(left.map(({ name }) => name)).toContain(titles[0]?.title)
      expect(await tablesWith(addresses)).toEqual([])

      // A name that was marked before, without a suffix, is in the way of the next one as well.
      await inside(async (tx) => {
        await addCase(tx, 'kim@work.example', 1)
        await addCase(tx, 'other', 1)
      })
      await erase('kim@work.example')
      await inside((tx) => addCase(tx, 'kim@work.example', 1))
      await erase('kim@work.example')
      expect(new Set((await casesLeft()).map(({ name }) => name)).size).toBe(7)
    })

    test('an erased address is neither written to nor taken in again, in any spelling', async () => {
      const address = 'ben@example.com'
      await grantConsents(testing, [address])
      await erase(address)
      for (const to of [address, 'ben+x@example.com', 'BEN@EXAMPLE.COM']) {
        await write(to)
        const last = await inside((tx) =>
          tx
            .selectFrom('tool_executions')
            .select(['status', 'error'])
            .orderBy('id', 'desc')
            .limit(1)
            .executeTakeFirst(),
        )
        expect(last).toMatchObject({ status: 'denied', error: { code: 'runtime.recipient_suppressed' } })
      }
      const { masterKey } = testing
      const line = { line: 2, cells: { email: 'Ben+y@example.com', name: 'Ben' } }
      const outcome = await inside((tx) => importPeople(tx, { lines: [line], source: 'x', actor: 'cli', masterKey }))
      expect(outcome).toMatchObject({
        added: 0,
        refused: [
          { line: 2, reason: "ben+y@example.com was erased at the person's request and is not taken in again" },
        ],
      })
      const identities = [{ channel: 'email', address, verified: false }] as const
      await expect(
        inside((tx) =>
          addPerson(tx, { name: '', language: undefined, identities, topics: [], actor: 'cli', masterKey }),
        ),
      ).rejects.toMatchObject({ code: 'people.address_erased' })
    })

    test('erasing again changes nothing, and all of a person’s addresses go with one of them', async () => {
      const { masterKey } = testing
      const identities = [
        { channel: 'email', address: 'cleo@work.example', verified: false },
        { channel: 'email', address: 'cleo@home.example', verified: false },
        { channel: 'sms', address: '+442079460123', verified: false },
      ] as const
      await inside((tx) =>
        addPerson(tx, { name: 'Cleo', language: undefined, identities, topics: ['x'], actor: 'cli', masterKey }),
      )
      await inside((tx) =>
        suppressAddress(tx, {
          channel: 'email',
          address: 'cleo+a@home.example',
          reason: 'bounced',
          actor: 'cli',
          masterKey,
        }),
      )
      expect(await erase('cleo@work.example')).toMatchObject({ people: 1, addresses: 3 })
      for (const { address } of identities) expect(await tablesWith([address, 'cleo'])).toEqual([])
      const again = await erase('cleo@work.example')
      expect(again).toMatchObject({ people: 0, addresses: 1, tables: [], auditIds: [] })
      const { rows } = await sql<{ count: number }>`
        select count(*)::int as count from suppressions where organization_id = ${organizationId} and channel = 'email'
          and address_hmac = ${again.addressHmac}
      `.execute(database.kysely)
      expect(rows).toEqual([{ count: 1 }])
    })

    test('a run that is under way with the address is named, and holds the erasure up', async () => {
      const address = 'dora@example.com'
      await grantConsents(testing, [address])
      const waiting = await write(address, true)
      expect(waiting.status).toBe('waiting')
      await expect(erase(address)).rejects.toMatchObject({
        code: 'people.runs_unfinished',
        message: `Runs that name the address are under way: ${waiting.id}`,
      })
      expect(await inside((tx) => listPeople(tx, { address, limit: 1 }))).toHaveLength(1)
      await testing.runtime.cancelRun(organizationId, waiting.id as never)
      await erase(address)
      expect(await tablesWith(tracesOf(address))).toEqual([])
    })

    test('another organization keeps what it has, and the two cannot tell that they knew the same person', async () => {
      const address = 'eve@example.com'
      const other = await addOrganization(database)
      await grantConsents(testing, [address])
      await grantConsents({ ...testing, organizationId: other }, [address])
      const kept = await tablesWith([address], other)
      const mine = await erase(address)
      expect(await tablesWith([address], other)).toEqual(kept)
      const theirs = await inside(
        (tx) => erasePerson(tx, { channel: 'email', address, actor: 'cli', masterKey: testing.masterKey }),
        other,
      )
      expect(theirs.addressHmac).not.toBe(mine.addressHmac)
      expect(await tablesWith([address], other)).toEqual([])
    })

    test('an audit entry that was changed by anybody else is still found out', async () => {
      const address = 'finn@example.com'
      await inside((tx) => appendAudit(tx, { actor: 'cli', action: 'looked', subject: `email:${address}` }))
      const { auditIds } = await erase(address)
      expect(auditIds).toHaveLength(1)
      expect(await inside(verifyAudit)).toMatchObject({ intact: true })
      await sql`update audit_logs set subject = 'forged' where id = ${auditIds[0] ?? ''}`.execute(database.kysely)
      expect(await inside(verifyAudit)).toMatchObject({ intact: false, brokenAt: auditIds[0] })
    })

    test('an export has the person and every row that names them', async () => {
      const address = 'gil@example.com'
      await grantConsents(testing, [address, 'gilda@example.com'])
      await write(address)
      const exported = await inside((tx) => exportPerson(tx, { channel: 'email', address }))
      expect(exported.people).toMatchObject([
        { ledger: [{ status: 'granted' }], timeline: [{ type: 'mailed' }, {}, {}] },
      ])
      const tables = new Set(exported.traces.map(({ table }) => table))
      expect([...tables].toSorted()).toEqual([
        'agent_runs',
        'llm_calls',
        'run_steps',
        'sandbox_records',
        'tool_executions',
      ])
      expect(JSON.stringify(exported.traces)).not.toContain('gilda')
    })

    test('the functions take no term that would match half a book, and work in an organization alone', async () => {
      await expect(inside((tx) => sql`select erase_person('{}', array['a'], 'x')`.execute(tx))).rejects.toThrow(
        /whole addresses/,
      )
      await expect(
        sql`select erase_person('{}', array['ann@example.com'], 'x')`.execute(database.kysely),
      ).rejects.toThrow(/needs an organization/)
    })
  })
}
