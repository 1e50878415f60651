import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { v7 } from 'uuid'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../../test/database.ts'
import { newId, type OrganizationId } from '../../base/ids.ts'
import { createLogger } from '../../base/log.ts'
import { type Database, sql, type TenantTx, withTenant } from '../../db/index.ts'
import { rollUpOrganizations, runRetention, savePolicy } from '../../ops/index.ts'
import { keepRunMetrics, listRunMetrics, rollUpRuns } from '../index.ts'

type Status = 'succeeded' | 'failed' | 'cancelled' | 'waiting' | 'needs_attention'
interface MadeRun {
  readonly id: string
  readonly agent: string
  readonly intent: string
  readonly status: Status
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  readonly costMicros: number
  readonly tools: number
  readonly approvals: number
}

const hourMs = 3_600_000
const dayOf = (moment: Date) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Pacific/Auckland', dateStyle: 'short' }).format(moment)
/** The smallest value that so large a part of all does not pass. */
const percentile = (values: readonly number[], part: number) =>
  values.toSorted((one, other) => one - other)[Math.max(0, Math.ceil(part * values.length) - 1)] ?? null

/** What the rows of the runs come to, added up here. */
function expected(runs: readonly MadeRun[]) {
  const ended = runs.flatMap((run) =>
    run.finishedAt && !['waiting', 'needs_attention'].includes(run.status)
      ? [
          {
            ...run,
            day: dayOf(run.finishedAt),
            ms: run.startedAt && run.finishedAt.getTime() - run.startedAt.getTime(),
          },
        ]
      : [],
  )
  const groups = Map.groupBy(ended, ({ day, agent, intent }) => `${day} ${agent} ${intent}`)
  return [...groups]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, own]) => {
      const count = (status: Status) => own.filter((run) => run.status === status).length
      const sum = (of: (run: MadeRun) => number) => own.reduce((total, run) => total + of(run), 0)
      const durations = own.flatMap(({ ms }) => ms ?? [])
      return {
        day: own[0]?.day,
        agent: own[0]?.agent,
        intent: own[0]?.intent,
        succeeded: count('succeeded'),
        failed: count('failed'),
        cancelled: count('cancelled'),
        durationP50Ms: percentile(durations, 0.5),
        durationP95Ms: percentile(durations, 0.95),
        costMicros: sum((run) => run.costMicros),
        inputTokens: own.length * 3,
        outputTokens: own.length * 4,
        toolCalls: sum((run) => run.tools),
        approvals: sum((run) => run.approvals),
      }
    })
}

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`the days of agents on the ${kind} database`, () => {
    let database: Database
    let ours: OrganizationId
    const runs: MadeRun[] = []
    const inside = <Result>(work: (tx: TenantTx) => Promise<Result>) => withTenant(database, ours, work)
    const roll = (last = 36_500) => inside((tx) => rollUpRuns(tx, { last }))
    const list = async () => (await inside((tx) => listRunMetrics(tx, { from: '2000-01-01', to: '2100-01-01' }))).days
    const logger = createLogger({ level: 'silent' })

    async function addRun(run: Omit<MadeRun, 'id'>): Promise<MadeRun> {
      const id = v7({ msecs: (run.startedAt ?? run.finishedAt ?? new Date()).getTime() })
      const common = { organization_id: ours, run_id: id }
      await inside(async (tx) => {
        const agent = await tx.selectFrom('agents').select('id').where('name', '=', run.agent).executeTakeFirst()
        const agentId = agent?.id ?? newId()
        if (!agent) {
          const values = { organization_id: ours, id: agentId, name: run.agent, kind: 'copilot' as const }
          await tx.insertInto('agents').values(values).execute()
        }
        await tx
          .insertInto('agent_runs')
          .values({
            organization_id: ours,
            id,
            agent_id: agentId,
            agent: run.agent,
            intent: run.intent,
            root_run_id: id,
            status: run.status,
            input: '{}',
            input_hash: 'x',
            requested_by: 'cli',
            cost_micros: run.costMicros,
            input_tokens: 3,
            output_tokens: 4,
            started_at: run.startedAt,
            finished_at: run.finishedAt,
          })
          .execute()
        for (let index = 0; index < run.tools; index += 1) {
          const executionId = newId()
          await tx
            .insertInto('tool_executions')
            .values({
              ...common,
              id: executionId,
              step_key: `send ${index}`,
              tool: 'email.send',
              effect: 'once',
              status: 'succeeded',
              arguments: '{}',
              arguments_hash: 'x',
              preview: '{}',
              fence: 1,
            })
            .execute()
          if (index >= run.approvals) continue
          await tx
            .insertInto('approvals')
            .values({
              ...common,
              id: newId(),
              tool_execution_id: executionId,
              arguments_hash: 'x',
              status: 'used',
              requested_by: 'cli',
              expires_at: new Date(),
            })
            .execute()
        }
      })
      const made = { ...run, id }
      runs.push(made)
      return made
    }

    beforeAll(async () => {
      database = await openTestDatabase(kind)
      ours = await addOrganization(database)
      await inside((tx) => sql`update organizations set time_zone = 'Pacific/Auckland' where id = ${ours}`.execute(tx))
      const { rows } = await inside((tx) =>
        sql<{ midnight: Date }>`
          select date_trunc('day', now() - interval '3 days', 'Pacific/Auckland') as midnight
        `.execute(tx),
      )
      const midnight = rows[0]?.midnight.getTime() ?? 0
      const at = (hours: number) => new Date(midnight + hours * hourMs)
      const plain = { agent: 'Writer', intent: 'write', costMicros: 7, tools: 0, approvals: 0 }
      // Begun before midnight and over after it; over a millisecond before; cancelled with and without an attempt.
      await addRun({ ...plain, status: 'succeeded', startedAt: at(-2), finishedAt: at(1) })
      await addRun({ ...plain, status: 'succeeded', startedAt: at(-2), finishedAt: new Date(midnight - 1) })
      await addRun({ ...plain, status: 'cancelled', startedAt: null, finishedAt: at(0) })
      await addRun({ ...plain, status: 'cancelled', startedAt: at(2), finishedAt: at(2.5), tools: 2, approvals: 1 })
      await addRun({ ...plain, intent: 'edit', status: 'cancelled', startedAt: null, finishedAt: at(5) })
      await addRun({ ...plain, status: 'failed', startedAt: at(3), finishedAt: at(30), tools: 1, approvals: 1 })
      await addRun({ ...plain, status: 'waiting', startedAt: at(3), finishedAt: null })
      await addRun({ ...plain, status: 'needs_attention', startedAt: at(3), finishedAt: at(4) })
      for (let index = 0; index < 40; index += 1) {
        const startedAt = at(((index * 7) % 60) - 20)
        const finishedAt = new Date(startedAt.getTime() + ((index * 37) % 23) * 60_000 + index)
        await addRun({
          agent: index % 3 === 0 ? 'Editor' : 'Writer',
          intent: index % 2 === 0 ? 'write' : 'edit',
          status: (['succeeded', 'succeeded', 'failed', 'cancelled'] as const)[index % 4] ?? 'failed',
          startedAt,
          finishedAt,
          costMicros: index * 11,
          tools: index % 4,
          approvals: index % 2,
        })
      }
    }, 60_000)
    afterAll(() => database.close())

    test('the days come to what the runs come to, in the organization’s time zone, however often they are added up', async () => {
      await roll()
      const first = await list()
      expect(first).toEqual(expected(runs))
      expect(first.length).toBeGreaterThan(8)
      await Promise.all([roll(), roll(), roll(3)])
      expect(await list()).toEqual(first)
    })

    test('a run that is resumed leaves the day on which it failed, and counts on the one on which it ends', async () => {
      const late = await addRun({
        agent: 'Mender',
        intent: 'mend',
        status: 'failed',
        startedAt: new Date(Date.now() - 50 * hourMs),
        finishedAt: new Date(Date.now() - 49 * hourMs),
        costMicros: 1,
        tools: 0,
        approvals: 0,
      })
      await roll(5)
      expect(await list()).toEqual(expected(runs))
      const set = (status: Status, finishedAt: Date | null) =>
        inside((tx) =>
          tx.updateTable('agent_runs').set({ status, finished_at: finishedAt }).where('id', '=', late.id).execute(),
        )
      await set('waiting', null)
      await roll(5)
      expect((await list()).filter(({ agent }) => agent === 'Mender')).toEqual([])
      const finishedAt = new Date()
      await set('succeeded', finishedAt)
      runs.splice(runs.indexOf(late), 1, { ...late, status: 'succeeded', finishedAt })
      await rollUpOrganizations(database, {
        rollUp: (_id, { last }) => roll(last),
        logger,
        days: 2,
        endedWithinMs: 60_000,
      })
      expect(await list()).toEqual(expected(runs))
    })

    test('the days stay when retention removes the runs, whatever is added up afterwards', async () => {
      await inside((tx) => sql`delete from agent_run_metrics`.execute(tx))
      await inside((tx) => savePolicy(tx, { runDays: 1 }))
      const { organizations } = await runRetention(database, {
        dryRun: false,
        record: async () => {},
        beforeRuns: keepRunMetrics,
      })
      expect(organizations[0]?.runs).toBeGreaterThan(30)
      await inside((tx) => savePolicy(tx, { runDays: null }))
      await roll()
      await roll(35)
      expect(await list()).toEqual(expected(runs))
      // What ends today is counted on.
      await addRun({
        agent: 'Writer',
        intent: 'write',
        status: 'succeeded',
        startedAt: new Date(),
        finishedAt: new Date(),
        costMicros: 5,
        tools: 0,
        approvals: 0,
      })
      await roll(2)
      expect(await list()).toEqual(expected(runs))
      const theirs = await addOrganization(database)
      const foreign = await withTenant(database, theirs, (tx) => listRunMetrics(tx, { from: '2000-01-01' }))
      expect(foreign.days).toEqual([])
    })
  })
}
