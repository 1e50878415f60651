import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { v7 } from 'uuid'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../../test/database.ts'
import { newId, type OrganizationId } from '../../base/ids.ts'
import { hashJson } from '../../base/json.ts'
import { type Database, sql, withTenant } from '../../db/index.ts'
import { withEveryOrganization, withSystem } from '../../db/system.ts'
import { appendAudit, verifyAudit } from '../../identity/index.ts'
import { runRetention } from './run-retention.ts'
import { removeExpired } from './sql/expired.ts'
import { savePolicy } from './sql/policies.ts'

const dayMs = 86_400_000
const quiet = { dryRun: false, record: async () => {}, beforeRuns: async () => {} }

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`retention on the ${kind} database`, () => {
    let database: Database
    let mine: OrganizationId
    let theirs: OrganizationId
    const runs: Record<string, string> = {}

    /** A run of a status that ended (or began) so many days ago, with one row of each part of a journal. */
    async function addRun(
      organizationId: OrganizationId,
      {
        status,
        ageDays,
        parent,
      }: {
        status: 'succeeded' | 'failed' | 'waiting' | 'needs_attention' | 'running'
        ageDays: number
        parent?: string
      },
    ) {
      const id = v7({ msecs: Date.now() - ageDays * dayMs })
      const at = new Date(Date.now() - ageDays * dayMs)
      const isOver = status === 'succeeded' || status === 'failed'
      await withTenant(database, organizationId, async (tx) => {
        const agent = await tx.selectFrom('agents').select('id').executeTakeFirst()
        const agentId = agent?.id ?? newId()
        if (!agent)
          await tx
            .insertInto('agents')
            .values({ organization_id: organizationId, id: agentId, name: 'A', kind: 'copilot' })
            .execute()
        const common = { organization_id: organizationId, run_id: id }
        await tx
          .insertInto('agent_runs')
          .values({
            organization_id: organizationId,
            id,
            agent_id: agentId,
            agent: 'A',
            intent: 'i',
            root_run_id: parent ?? id,
            parent_run_id: parent ?? null,
            status,
            input: '{}',
            input_hash: 'x',
            requested_by: 'cli',
            created_at: at,
            finished_at: isOver ? at : null,
          })
          .execute()
        await tx
          .insertInto('run_steps')
          .values({ ...common, key: 'k', sequence: 1, kind: 'step', status: 'succeeded', fence: 1, started_at: at })
          .execute()
        await tx
          .insertInto('run_events')
          .values({ ...common, sequence: 2, type: 't', data: '{}' })
          .execute()
        await tx
          .insertInto('run_payloads')
          .values({ ...common, hash: 'h', body: '{}' })
          .execute()
        await tx
          .insertInto('llm_calls')
          .values({
            ...common,
            id: v7({ msecs: at.getTime() }),
            operation: 'generate',
            provider: 'p',
            requested_model: 'm',
            prompt_hash: 'x',
            request: '{}',
            status: 'succeeded',
          })
          .execute()
        const executionId = newId()
        await tx
          .insertInto('tool_executions')
          .values({
            ...common,
            id: executionId,
            step_key: 's',
            tool: 'email.send',
            effect: 'once',
            status: 'succeeded',
            arguments: '{}',
            arguments_hash: 'x',
            preview: '{}',
            fence: 1,
          })
          .execute()
        await tx
          .insertInto('approvals')
          .values({
            ...common,
            id: newId(),
            tool_execution_id: executionId,
            arguments_hash: 'x',
            status: 'used',
            requested_by: 'cli',
            expires_at: at,
          })
          .execute()
        await tx
          .insertInto('agent_jobs')
          .values({ ...common, id: newId(), queue: 'agent.run', status: 'succeeded' })
          .execute()
      })
      return id
    }

    /** Entries of the audit chain from so many days ago, as `appendAudit` would have written them then. */
    async function addAuditOf(organizationId: OrganizationId, ages: readonly number[]) {
      let previous: string | null = null
      for (const ageDays of ages) {
        const at = new Date(Date.now() - ageDays * dayMs)
        const row = {
          organization_id: organizationId,
          id: v7({ msecs: at.getTime() }),
          actor: 'cli',
          action: `${ageDays} days ago`,
          subject: null,
          detail: {},
          previous_hash: previous,
        }
        const hash = hashJson({ ...row, created_at: at.toISOString() })
        const values = { ...row, detail: '{}', created_at: at, hash }
        await withTenant(database, organizationId, (tx) => tx.insertInto('audit_logs').values(values).execute())
        previous = hash
      }
    }

    beforeAll(async () => {
      database = await openTestDatabase(kind)
      mine = await addOrganization(database, 'Mine')
      theirs = await addOrganization(database, 'Theirs')
      await withSystem(database, (tx) =>
        sql`select ensure_partitions((now() - interval '200 days')::date, 8)`.execute(tx),
      )
      // Further apart than a month is long, so that each age is in a month of its own on every day of the year.
      runs['old'] = await addRun(mine, { status: 'succeeded', ageDays: 160 })
      runs['old child'] = await addRun(mine, { status: 'succeeded', ageDays: 159, parent: runs['old'] })
      runs['old failed'] = await addRun(mine, { status: 'failed', ageDays: 125 })
      runs['old waiting'] = await addRun(mine, { status: 'waiting', ageDays: 160 })
      runs['old, asks for a person'] = await addRun(mine, { status: 'needs_attention', ageDays: 160 })
      runs['old, its child runs'] = await addRun(mine, { status: 'failed', ageDays: 160 })
      runs['the child that runs'] = await addRun(mine, {
        status: 'running',
        ageDays: 160,
        parent: runs['old, its child runs'],
      })
      runs['old, with a job'] = await addRun(mine, { status: 'failed', ageDays: 160 })
      runs['young'] = await addRun(mine, { status: 'succeeded', ageDays: 89 })
      runs['theirs'] = await addRun(theirs, { status: 'succeeded', ageDays: 160 })
      await withTenant(database, mine, async (tx) => {
        await tx
          .insertInto('agent_jobs')
          .values({ organization_id: mine, id: newId(), run_id: runs['old, with a job'] ?? '', queue: 'agent.run' })
          .execute()
        const brandId = newId()
        await tx.insertInto('brands').values({ organization_id: mine, id: brandId, slug: 'b', name: 'B' }).execute()
        const common = { organization_id: mine, brand_id: brandId, run_id: runs['old'] ?? '' }
        const campaignId = newId()
        await tx
          .insertInto('campaigns')
          .values({ ...common, id: campaignId, name: 'Old', type: 'email', status: 'completed', brief: '{}' })
          .execute()
        await tx
          .insertInto('content')
          .values({
            ...common,
            id: newId(),
            campaign_id: campaignId,
            key: 'article',
            kind: 'article',
            status: 'published',
            title: 'T',
            body: 'B',
            citations: '[]',
            model: 'm',
          })
          .execute()
      })
      await addAuditOf(mine, [150, 149, 148, 120, 100, 40, 31, 29, 1, 0])
    })
    afterAll(() => database.close())

    const left = async () => {
      const { rows } = await withEveryOrganization(database, (tx) =>
        sql<{ id: string }>`select id from agent_runs`.execute(tx),
      )
      const ids = new Set(rows.map(({ id }) => id))
      return Object.entries(runs)
        .filter(([, id]) => ids.has(id))
        .map(([name]) => name)
        .toSorted()
    }
    const all = () => Object.keys(runs).toSorted()

    test('without a policy keeps everything', async () => {
      expect(await runRetention(database, quiet)).toMatchObject({ organizations: [], isDone: true })
      expect(await left()).toEqual(all())
    })

    test('notifications go with what was read of them, by when they happened last', async () => {
      for (const organizationId of [mine, theirs])
        await withTenant(database, organizationId, async (tx) => {
          for (const ageDays of [89, 91]) {
            const id = newId()
            await sql`
              insert into notifications (organization_id, id, kind, subject_id, first_at, last_at)
              values (${organizationId}, ${id}, 'run_failed', ${newId()}, now() - interval '150 days',
                now() - make_interval(days => ${ageDays}))
            `.execute(tx)
            await sql`
              insert into notification_reads (organization_id, notification_id, reader, seen_at)
              values (${organizationId}, ${id}, 'cli', now())
            `.execute(tx)
          }
        })
      // Whoever waits for an answer to this still waits.
      await withTenant(database, mine, (tx) =>
        sql`
          insert into notifications (organization_id, id, kind, subject_id, last_at)
          values (${mine}, ${newId()}, 'approval_requested', ${newId()}, now() - interval '200 days')
        `.execute(tx),
      )
      const count = (organizationId: OrganizationId) =>
        withTenant(database, organizationId, async (tx) => {
          const { rows } = await sql<{ counts: number[] }>`
            select array[(select count(*) from notifications), (select count(*) from notification_reads)]::int[] as counts
          `.execute(tx)
          return rows[0]?.counts
        })
      await withTenant(database, mine, (tx) => savePolicy(tx, { runDays: 90 }))
      const before = await runRetention(database, { ...quiet, dryRun: true })
      expect(before.organizations).toMatchObject([{ notifications: 1 }])
      await withSystem(database, (tx) =>
        removeExpired(tx, 'notifications', { organizationId: mine, days: 90, limit: 9 }),
      )
      expect([await count(mine), await count(theirs)]).toEqual([
        [2, 1],
        [2, 2],
      ])
    })

    test('tells beforehand what would go, and removes nothing then', async () => {
      await withTenant(database, mine, (tx) => savePolicy(tx, { runDays: 90 }))
      const told = await runRetention(database, { ...quiet, dryRun: true })
      expect(told.organizations).toMatchObject([{ runs: 2, jobs: 0, auditEntries: 0, notifications: 0 }])
      expect(told.partitions).toEqual([])
      expect(await left()).toEqual(all())
    })

    test('removes what is over and past its days with its journal, and nothing that waits, is young or another’s', async () => {
      const recorded: unknown[] = []
      const result = await runRetention(database, {
        ...quiet,
        record: async (_tx, counts) => void recorded.push(counts),
      })
      expect(result.organizations).toMatchObject([{ runs: 2 }])
      expect(recorded).toMatchObject([{ runs: 2 }])
      expect(await left()).toEqual(all().filter((name) => !['old', 'old child', 'old failed'].includes(name)))
      for (const table of ['run_steps', 'run_events', 'run_payloads', 'llm_calls', 'tool_executions', 'approvals']) {
        const { rows } = await withEveryOrganization(database, (tx) =>
          sql<{ run_id: string }>`select run_id from ${sql.table(table)}`.execute(tx),
        )
        expect({ table, count: rows.length }).toEqual({ table, count: all().length - 3 })
      }
      expect((await runRetention(database, quiet)).organizations).toEqual([])
    })

    test('leaves what a removed run wrote', async () => {
      const pieces = await withTenant(database, mine, (tx) =>
        tx
          .selectFrom('content')
          .innerJoin('campaigns', 'campaigns.id', 'content.campaign_id')
          .select(['content.title', 'content.run_id', 'campaigns.run_id as campaign_run_id'])
          .execute(),
      )
      expect(pieces).toEqual([{ title: 'T', run_id: null, campaign_run_id: null }])
    })

    test('drops the months that are empty, and no other', async () => {
      const partitions = async () => {
        const { rows } = await sql<{
          name: string
        }>`select relname as name from pg_class where relispartition and relkind = 'r' and relname ~ '^agent_runs_[0-9]' order by 1`.execute(
          database.kysely,
        )
        return rows.map(({ name }) => name)
      }
      const monthOf = (ageDays: number) =>
        new Date(Date.now() - ageDays * dayMs).toISOString().slice(0, 7).replace('-', '_')
      const names = await partitions()
      expect(names).toContain(`agent_runs_${monthOf(160)}`)
      expect(names).toContain(`agent_runs_${monthOf(0)}`)
      expect(names).not.toContain(`agent_runs_${monthOf(125)}`)
      expect(names).not.toContain(`agent_runs_${monthOf(200)}`)
      await withSystem(database, (tx) =>
        sql`select ensure_partitions((now() - interval '200 days')::date, 8)`.execute(tx),
      )
      const again = await runRetention(database, quiet)
      expect(again.partitions).toContain(`run_steps_${monthOf(200)}`)
      expect(await partitions()).toEqual(names)
    })

    test('keeps the audit chain whole when its head is removed, and what is appended after', async () => {
      expect(await withTenant(database, mine, verifyAudit)).toEqual({ intact: true, entries: 10 })
      await withTenant(database, mine, (tx) => savePolicy(tx, { auditDays: 30 }))
      expect((await runRetention(database, quiet)).organizations).toMatchObject([{ runs: 0, auditEntries: 7 }])
      expect(await withTenant(database, mine, verifyAudit)).toEqual({ intact: true, entries: 3 })
      await withTenant(database, mine, (tx) => appendAudit(tx, { actor: 'cli', action: 'next' }))
      expect(await withTenant(database, mine, verifyAudit)).toEqual({ intact: true, entries: 4 })
      // One more that is taken away by other means shows, as it did before.
      const oldest = await withTenant(database, mine, (tx) =>
        tx.selectFrom('audit_logs').select('id').orderBy('id').limit(1).executeTakeFirstOrThrow(),
      )
      await withSystem(database, (tx) =>
        tx.deleteFrom('audit_logs').where('organization_id', '=', mine).where('id', '=', oldest.id).execute(),
      )
      expect(await withTenant(database, mine, verifyAudit)).toMatchObject({ intact: false, entries: 0 })
    })

    test('lets a policy be changed kind by kind, and refuses days that are none', async () => {
      expect(await withTenant(database, theirs, (tx) => savePolicy(tx, { runDays: 365 }))).toEqual({ runDays: 365 })
      expect(await withTenant(database, theirs, (tx) => savePolicy(tx, { sandboxDays: 7 }))).toEqual({
        runDays: 365,
        sandboxDays: 7,
      })
      expect(await withTenant(database, theirs, (tx) => savePolicy(tx, { runDays: null }))).toEqual({ sandboxDays: 7 })
      await expect(withTenant(database, theirs, (tx) => savePolicy(tx, { runDays: 0 }))).rejects.toThrow(
        /check constraint/,
      )
    })
  })
}
