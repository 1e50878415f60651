import pg from 'pg'
import { newId, type OrganizationId } from '../../../packages/server/src/base/ids.ts'

/** An installation as it stands after a time. */
export interface Age {
  readonly runs: number
  readonly months: number
}

const organizationsBeside = 9
const runsAtOnce = 200_000

/** UUIDv7 of the moment `at`, its other bits at random. */
const idAt = `(
  substr(lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0'), 1, 8) || '-' ||
  substr(lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0'), 9) || '-7' ||
  substr(gen_random_uuid()::text, 16))::uuid`

/**
 * Fills an installation with the finished runs of the months behind it, evenly over time: of four runs, one is a child of
 * the one before it, and each has asked a model once. One organization has half of them, nine others share the rest.
 * Returns the first. Wants a superuser's URL, because it leaves foreign keys unchecked; indexes are kept all along.
 */
export async function fillRuns(databaseUrl: string, { runs, months }: Age): Promise<OrganizationId> {
  const own: OrganizationId = newId()
  const all = [own, ...Array.from({ length: organizationsBeside }, () => newId())]
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query('set session_replication_role = replica; set synchronous_commit = off')
    await client.query(`select ensure_partitions((now() - make_interval(months => $1))::date, $1 + 1)`, [months])
    // An agent has its organization's id: one value less to carry.
    await client.query(`insert into organizations (id, name, slug) select id, id, id from unnest($1::uuid[]) id`, [all])
    await client.query(
      `insert into agents (organization_id, id, name, kind) select id, id, 'Stepper', 'workflow' from unnest($1::uuid[]) id`,
      [all],
    )
    for (let done = 0; done < runs; done += runsAtOnce) {
      const last = Math.min(runs, done + runsAtOnce) - 1
      await client.query(insertRuns, [done, last, runs, months * 30 * 86_400, all])
    }
    await client.query(insertCalls)
    await client.query('vacuum analyze')
  } finally {
    await client.end()
  }
  return own
}

const insertRuns = `
  insert into agent_runs (
    organization_id, id, agent_id, agent, intent, root_run_id, parent_run_id, parent_step_key, status, input, input_hash,
    output, requested_by, attempt, fence, sequence, cost_micros, input_tokens, output_tokens,
    created_at, started_at, finished_at
  )
  select tenant, id, tenant, 'Stepper', 'take', coalesce(parent, id), parent,
    case when parent is not null then 'step 0' end, 'succeeded', '{"steps": 4}', md5(id::text),
    '{"taken": 4}', 'cli', 1, 1, 4, 25, 100, 50, at, at, at
  from (
    select *, case when number % 4 = 3 then lag(id) over (order by number) end as parent
    from (
      select number, at, ${idAt} as id,
        ($5::uuid[])[case when number / 4 % 2 = 0 then 1 else 2 + (number / 8) % ${organizationsBeside} end] as tenant
      from generate_series($1::int, $2::int) number,
        lateral (select now() - make_interval(secs => $4::float8 * (1 - number::float8 / $3))) moment (at)
    ) born
  ) kin`

const insertCalls = `
  insert into llm_calls (
    organization_id, id, run_id, step_key, operation, provider, requested_model, status, prompt_hash, request,
    input_tokens, output_tokens, cost_micros, currency, duration_ms, started_at, finished_at
  )
  select organization_id, ${idAt}, id, 'step 0', 'generate', 'openai', 'gpt-5', 'succeeded', md5(id::text), '{}',
    100, 50, 25, 'USD', 100, at, at
  from agent_runs, lateral (select created_at) moment (at)`
