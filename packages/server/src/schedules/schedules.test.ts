import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { createLogger } from '../base/log.ts'
import { newId, type OrganizationId, type ScheduleId } from '../base/ids.ts'
import { type Database, sql, withTenant } from '../db/index.ts'
import { dueSchedules, takeUpDue } from '../ops/index.ts'
import { type Agent, defineAgent, intent, setAgentStatus } from '../runtime/index.ts'
import {
  addSchedule,
  backfill,
  enableSchedule,
  fireByHand,
  fireDue,
  getSchedule,
  listFirings,
  type NewSchedule,
} from './index.ts'

const agentTaking = (input: z.ZodObject) =>
  defineAgent({
    name: 'Reporter',
    description: 'Reports',
    kind: 'workflow',
    policy: { tools: [], maxCostMicros: 1 },
    intents: { report: intent({ description: 'Reports', input, output: z.looseObject({}), run: async () => ({}) }) },
  })
const reporter = agentTaking(z.strictObject({ topic: z.string().optional() }))
const agentsOf = (agent: Agent) => new Map([[agent.name, agent]])
const logger = createLogger({ level: 'silent' })
const nothing = async () => {}

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`schedules on the ${kind} database`, () => {
    let database: Database
    beforeAll(async () => {
      database = await openTestDatabase(kind)
    }, 60_000)
    afterAll(() => database.close())

    const partsWith = (agent: Agent) => ({ database, queue: { dispatch: nothing }, agents: agentsOf(agent) })

    /**
     * An organization with a schedule that has been due for so many minutes: of every minute, or where that is 0 of once a
     * year, so that no minute which begins meanwhile makes it due again.
     */
    async function scheduled(minutes: number, change: Partial<NewSchedule> = {}, inOrganization?: OrganizationId) {
      const organizationId = inOrganization ?? (await addOrganization(database))
      const id = await withTenant(database, organizationId, async (tx) => {
        const added = await addSchedule(tx, agentsOf(reporter), {
          name: 'Report',
          agent: 'Reporter',
          intent: 'report',
          brand: undefined,
          input: { topic: 'shoes' },
          cron: minutes === 0 ? '0 0 1 1 *' : '* * * * *',
          timeZone: 'UTC',
          catchUp: 'last',
          catchUpLimit: 1,
          overlap: 'allow',
          createdBy: 'cli',
          ...change,
        })
        await sql`
        update schedules set next_at = date_trunc('minute', now()) - make_interval(mins => ${minutes})
        where id = ${added.id}`.execute(tx)
        return added.id
      })
      return { organizationId, id }
    }

    const firingsOf = (organizationId: OrganizationId, id: ScheduleId) =>
      withTenant(database, organizationId, (tx) => listFirings(tx, { scheduleId: id, limit: 200 }))

    const runsOf = (organizationId: OrganizationId) =>
      withTenant(database, organizationId, async (tx) => {
        const { rows } = await sql<{ id: string; requested_by: string; jobs: number }>`
        select r.id, r.requested_by, (select count(*)::int from agent_jobs j where j.run_id = r.id) as jobs
        from agent_runs r`.execute(tx)
        return rows
      })

    test('what is due starts a run with its job, says who asks, and is due next by the timetable', async () => {
      const { organizationId, id } = await scheduled(0)
      await fireDue(partsWith(reporter), organizationId, id)
      const [firing, ...others] = await firingsOf(organizationId, id)
      expect(others).toEqual([])
      expect(firing).toMatchObject({ cause: 'due', status: 'started', moreMissed: 0, error: undefined })
      expect(await runsOf(organizationId)).toEqual([
        { id: firing?.runId, requested_by: `schedule:${id} of cli`, jobs: 1 },
      ])
      const schedule = await withTenant(database, organizationId, (tx) => getSchedule(tx, id))
      expect(schedule.nextAt).toEqual(new Date(Date.UTC((firing?.dueAt.getUTCFullYear() ?? 0) + 1, 0, 1)))
      expect(schedule.last).toEqual({ dueAt: firing?.dueAt, status: 'started' })
    })

    test('workers at once fire every time of every organization once', async () => {
      const made = await Promise.all(Array.from({ length: 8 }, (_, index) => scheduled(index)))
      const fire = (organizationId: OrganizationId, id: ScheduleId) => fireDue(partsWith(reporter), organizationId, id)
      await Promise.all(Array.from({ length: 4 }, () => takeUpDue(database, { due: [dueSchedules(fire)], logger })))
      for (const { organizationId, id } of made) {
        const started = (await firingsOf(organizationId, id)).filter(({ status }) => status === 'started')
        const runs = await runsOf(organizationId)
        // A minute may have begun since, and be fired by one of the later workers.
        expect(new Set(started.map(({ runId }) => runId))).toEqual(new Set(runs.map((row) => row.id)))
        expect(new Set(started.map(({ dueAt }) => dueAt.getTime())).size).toBe(started.length)
        expect(started.length).toBeGreaterThan(0)
      }
    })

    test('a worker that fails before the commit has done nothing, and the next one fires', async () => {
      const { organizationId, id } = await scheduled(0)
      const failing = agentTaking(
        z.strictObject({
          topic: z.string().transform((): string => {
            throw new Error('the process dies here')
          }),
        }),
      )
      await expect(fireDue(partsWith(failing), organizationId, id)).rejects.toThrow('the process dies here')
      expect(await firingsOf(organizationId, id)).toEqual([])
      expect(await runsOf(organizationId)).toEqual([])
      await fireDue(partsWith(reporter), organizationId, id)
      expect(await firingsOf(organizationId, id)).toMatchObject([{ status: 'started' }])
    })

    test('missed times stand in one row, and the newest are caught up with', async () => {
      const { organizationId, id } = await scheduled(9, { catchUp: 'all', catchUpLimit: 3 })
      await fireDue(partsWith(reporter), organizationId, id)
      const firings = await firingsOf(organizationId, id)
      expect(firings.slice(0, 3).map(({ status }) => status)).toEqual(['started', 'started', 'started'])
      const missed = firings.at(-1)
      expect(missed).toMatchObject({ status: 'missed', runId: undefined })
      expect(missed?.moreMissed).toBeGreaterThanOrEqual(6)
      expect(missed?.moreMissedUntil?.getTime()).toBe((firings[2]?.dueAt.getTime() ?? 0) - 60_000)
      // Two days are gone through in several transactions.
      const long = await scheduled(2_880, { catchUp: 'last' })
      await fireDue(partsWith(reporter), long.organizationId, long.id)
      const all = await firingsOf(long.organizationId, long.id)
      expect(all.filter(({ status }) => status === 'started')).toHaveLength(1)
      const count = all.reduce((sum, { status, moreMissed }) => sum + (status === 'missed' ? 1 + moreMissed : 0), 0)
      expect(count).toBeGreaterThanOrEqual(2_880)
    })

    test('no run is started beside one that is under way, where the schedule says so', async () => {
      const { organizationId, id } = await scheduled(0, { overlap: 'skip' })
      await fireDue(partsWith(reporter), organizationId, id)
      await withTenant(database, organizationId, (tx) =>
        sql`update schedules set next_at = now() - interval '1 second' where id = ${id}`.execute(tx),
      )
      await fireDue(partsWith(reporter), organizationId, id)
      const firings = await firingsOf(organizationId, id)
      expect(firings.map(({ status }) => status).toSorted()).toEqual(['overlap', 'started'])
      expect(await runsOf(organizationId)).toHaveLength(1)
      const both = { catchUp: 'all', overlap: 'skip' } as const
      await expect(scheduled(0, both, organizationId)).rejects.toMatchObject({ code: 'schedules.catch_up_overlaps' })
    })

    test('a paused agent and an input that is taken no more are refused on record', async () => {
      const { organizationId, id } = await scheduled(0)
      await withTenant(database, organizationId, (tx) => setAgentStatus(tx, reporter, 'paused'))
      const paused = await fireByHand(partsWith(reporter), organizationId, id, nothing)
      expect(paused).toMatchObject({ status: 'refused', cause: 'manual', error: { code: 'runtime.agent_paused' } })
      await withTenant(database, organizationId, (tx) => setAgentStatus(tx, reporter, 'active'))
      await fireDue(partsWith(agentTaking(z.strictObject({ subject: z.string() }))), organizationId, id)
      const [, due] = await firingsOf(organizationId, id)
      expect(due).toMatchObject({ status: 'refused', cause: 'due', error: { code: 'runtime.input_invalid' } })
      expect(due?.error?.message).toContain('subject')
      const told = await withTenant(database, organizationId, (tx) =>
        tx.selectFrom('notifications').select(['kind', 'subject_id', 'count', 'facts']).execute(),
      )
      expect(told).toMatchObject([
        { kind: 'schedule_refused', subject_id: id, count: 2, facts: { errorCode: 'runtime.input_invalid' } },
      ])
      expect(await runsOf(organizationId)).toEqual([])
    })

    test('a backfill starts what has started nothing, once, and what is due does not start it again', async () => {
      const { organizationId, id } = await scheduled(3)
      const { nextAt } = await withTenant(database, organizationId, (tx) => getSchedule(tx, id))
      const first = nextAt ?? new Date(0)
      const at = (minutes: number) => new Date(first.getTime() + minutes * 60_000)
      const range = { id, from: at(-10), to: at(1) }
      const parts = partsWith(reporter)
      const done = await backfill(parts, organizationId, range, nothing)
      expect(done).toEqual({ started: 12, refused: 0, alreadyStarted: 0 })
      expect(await backfill(parts, organizationId, range, nothing)).toEqual({
        started: 0,
        refused: 0,
        alreadyStarted: 12,
      })
      await fireDue(parts, organizationId, id)
      const firings = await firingsOf(organizationId, id)
      expect(new Set(firings.map(({ dueAt }) => dueAt.getTime())).size).toBe(firings.length)
      const missed = firings.find(({ status }) => status === 'missed')
      expect(missed?.dueAt).toEqual(at(2))
      const late = await backfill(parts, organizationId, { id, from: at(2), to: at(2) }, nothing)
      expect(late.started).toBe(1)
      await expect(backfill(parts, organizationId, { ...range, from: at(-1_001) }, nothing)).rejects.toMatchObject({
        code: 'schedules.backfill_too_large',
      })
      await expect(backfill(parts, organizationId, { ...range, to: at(90) }, nothing)).rejects.toMatchObject({
        code: 'schedules.range_invalid',
      })
    })

    test('a paused schedule is not due, and what went by meanwhile was not missed', async () => {
      const { organizationId, id } = await scheduled(30)
      const turn = (enabled: boolean) => withTenant(database, organizationId, (tx) => enableSchedule(tx, id, enabled))
      expect(await turn(false)).toMatchObject({ enabled: false, nextAt: undefined })
      await fireDue(partsWith(reporter), organizationId, id)
      expect(await firingsOf(organizationId, id)).toEqual([])
      const { nextAt } = await turn(true)
      expect(nextAt?.getTime()).toBeGreaterThan(Date.now() - 120_000)
    })

    test("another organization's schedule is as absent as one that there is not", async () => {
      const { id } = await scheduled(0)
      const other = await addOrganization(database)
      const parts = partsWith(reporter)
      for (const target of [id, newId<'schedule'>()]) {
        const range = { id: target, from: new Date(0), to: new Date(1) }
        await expect(fireByHand(parts, other, target, nothing)).rejects.toMatchObject({ code: 'schedules.not_found' })
        await expect(backfill(parts, other, range, nothing)).rejects.toMatchObject({ code: 'schedules.not_found' })
        await fireDue(parts, other, target)
        expect(await firingsOf(other, target)).toEqual([])
      }
      expect(await runsOf(other)).toEqual([])
    })

    test.skipIf(kind === 'embedded')(
      'a worker that is killed between its claim and its commit loses no time',
      async () => {
        const { organizationId, id } = await scheduled(0)
        const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(database.kysely)
        const url = new URL(process.env['NEONHUB_TEST_DATABASE_URL'] ?? '')
        url.pathname = `/${rows[0]?.name ?? ''}`
        const child = fileURLToPath(new URL('../../test/schedule-worker-child.ts', import.meta.url))
        const worker = spawn(process.execPath, [child, url.href, organizationId, id], { stdio: 'inherit' })
        expect(await once(worker, 'exit')).toEqual([null, 'SIGKILL'])
        expect(await firingsOf(organizationId, id)).toEqual([])
        // The server notices that its client is gone; until then the row is locked, and passed over.
        await expect
          .poll(
            async () => {
              await fireDue(partsWith(reporter), organizationId, id)
              return (await firingsOf(organizationId, id)).filter(({ status }) => status === 'started').length
            },
            { timeout: 30_000 },
          )
          .toBe(1)
        expect(await runsOf(organizationId)).toHaveLength(1)
      },
    )
  })
}
