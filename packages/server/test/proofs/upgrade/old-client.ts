import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { newId } from '../../../src/base/ids.ts'
import { messageOf } from '../../../src/base/errors.ts'
import type { Random } from '../random.ts'

/** What the database acknowledged to the first release's client, and what it never would. */
export interface Acknowledged {
  readonly runs: { readonly organizationId: string; readonly runId: string; readonly isFinished: boolean }[]
  readonly steps: { readonly organizationId: string; readonly runId: string; readonly key: string }[]
  readonly brands: { readonly organizationId: string; readonly brandId: string }[]
  readonly refused: string[]
  /** Operations that were answered, reads as well. */
  count: number
  /** The longest that one operation took, its repetitions included. */
  longestMs: number
}

/** As long as a person waits for a page, and a job for its turn. */
const patienceMs = 30_000
/** No moment for a lock, a deadlock, a serialization failure: try again, as every client of the database must. */
const transient = /^(55P03|40P01|40001|57014)$/
const listColumns =
  'id, agent, intent, brand_id, status, waiting_for, requested_by, input, output, error, cost_micros, created_at'

interface Lane {
  readonly pool: pg.Pool
  readonly organizations: readonly [string, ...string[]]
  readonly random: Random
  readonly acknowledged: Acknowledged
  readonly signal: AbortSignal
}

/**
 * Works as the first release did, with its statements, until the signal comes: starts runs, takes their lease, writes
 * steps, finishes some and leaves others half way, adds brands, lists the newest.
 */
export async function runOldClient(
  databaseUrl: string,
  { lanes, ...lane }: Omit<Lane, 'pool' | 'acknowledged'> & { readonly lanes: number },
): Promise<Acknowledged> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: lanes })
  const acknowledged: Acknowledged = { runs: [], steps: [], brands: [], refused: [], count: 0, longestMs: 0 }
  try {
    await Promise.all(Array.from({ length: lanes }, () => work({ ...lane, pool, acknowledged })))
    return acknowledged
  } finally {
    await pool.end()
  }
}

async function work(lane: Lane): Promise<void> {
  const { random, organizations, acknowledged } = lane
  while (!lane.signal.aborted) {
    const organizationId = random.pick(organizations)
    const runId = newId()
    const isFinished = random.below(3) === 0
    const did =
      (await inOrganization(lane, organizationId, async (client) => {
        await client.query(insertRun, [organizationId, runId])
        await client.query(insertEvent, [organizationId, runId])
        await client.query(insertJob, [organizationId, newId(), runId])
      })) && (await inOrganization(lane, organizationId, (client) => client.query(claimRun, [organizationId, runId])))
    if (!did) continue
    for (const key of ['step 0', 'step 1']) {
      const isWritten = await inOrganization(lane, organizationId, async (client) => {
        const { rows } = await client.query<{ sequence: string | null }>(recordStep, [organizationId, runId, key])
        if (!rows[0]?.sequence) throw new Error(`the lease of a run that nobody else has is lost at ${key}`)
      })
      if (isWritten) acknowledged.steps.push({ organizationId, runId, key })
    }
    const isOver =
      isFinished &&
      (await inOrganization(lane, organizationId, (client) => client.query(finishRun, [organizationId, runId])))
    acknowledged.runs.push({ organizationId, runId, isFinished: isOver })
    const brandId = newId()
    const isAdded = await inOrganization(lane, organizationId, (client) =>
      client.query('insert into brands (organization_id, id, slug, name) values ($1, $2, $3, $4)', [
        organizationId,
        brandId,
        brandId,
        'Brand',
      ]),
    )
    if (isAdded) acknowledged.brands.push({ organizationId, brandId })
    await inOrganization(lane, organizationId, (client) =>
      client.query(
        `select ${listColumns} from agent_runs where organization_id = $1 and parent_run_id is null order by id desc limit 50`,
        [organizationId],
      ),
    )
  }
}

/** One transaction of an organization, tried again while the database asks for that. False where it was never answered. */
async function inOrganization(
  { pool, acknowledged }: Lane,
  organizationId: string,
  statements: (client: pg.PoolClient) => Promise<unknown>,
): Promise<boolean> {
  const startedAt = performance.now()
  for (;;) {
    const client = await pool.connect()
    try {
      await client.query(
        `begin; set local role neonhub_app; select set_config('neonhub.organization_id', '${organizationId}', true)`,
      )
      await statements(client)
      await client.query('commit')
      acknowledged.count += 1
      acknowledged.longestMs = Math.max(acknowledged.longestMs, performance.now() - startedAt)
      return true
    } catch (error) {
      await client.query('rollback')
      const code = error instanceof pg.DatabaseError ? (error.code ?? '') : ''
      if (!transient.test(code) || performance.now() - startedAt > patienceMs) {
        acknowledged.refused.push(`${code} ${messageOf(error)}`)
        return false
      }
    } finally {
      client.release()
    }
    await sleep(20)
  }
}

const insertRun = `
  insert into agent_runs (organization_id, id, agent_id, agent, intent, root_run_id, status, input, input_hash,
    requested_by, approve_all, tainted, sequence)
  values ($1::uuid, $2::uuid, $1::uuid, 'Stepper', 'take', $2::uuid, 'queued', '{"steps": 4}', 'x', 'cli', false, false, 1)`
const insertEvent = `
  insert into run_events (organization_id, run_id, sequence, type, data) values ($1, $2, 1, 'run', '{"status": "queued"}')`
const insertJob = `
  insert into agent_jobs (organization_id, id, queue, run_id, check_at)
  values ($1, $2, 'agent.run', $3, clock_timestamp() + interval '1 hour')`
const claimRun = `
  update agent_runs set status = 'running', waiting_for = null, fence = fence + 1, attempt = attempt + 1,
    sequence = sequence + 1, lease_holder = gen_random_uuid(), lease_expires_at = clock_timestamp(),
    started_at = coalesce(started_at, clock_timestamp()), error = null, updated_at = now()
  where organization_id = $1 and id = $2 and status = 'queued'`
// The lease is short, so that what is left half way can be taken over at once.
const recordStep = `
  select record_step($1, $2, 1, 1, $3::text, 'step', 'succeeded', null, to_jsonb($3::text), null, null, null,
    clock_timestamp()) as sequence`
const finishRun = `
  update agent_runs set status = 'succeeded', output = '{"taken": 4}', finished_at = clock_timestamp(),
    sequence = sequence + 1, updated_at = now()
  where organization_id = $1 and id = $2 and fence = 1 and status = 'running'`
