import pg from 'pg'
import type { RecordedError } from '../base/errors.ts'

/**
 * Writes down what a process sees coming, on the jobs that it has in hand, over a connection of its own: asked by a thread
 * while the process itself answers nobody. Where `causeRunId` is among them it is told of that run alone. Returns the runs
 * that it is told of, and resolves once it is durable.
 */
export async function writeLastWords(
  databaseUrl: string,
  {
    workerId,
    error,
    causeRunId,
  }: { readonly workerId: string; readonly error: RecordedError; readonly causeRunId: string | undefined },
): Promise<readonly string[]> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 2_000,
    application_name: 'neonhub-watch',
  })
  // One that is cut fails its statement.
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('begin')
    await client.query('set local role neonhub_system')
    const { rows } = await client.query<{ run_id: string | null }>(
      `with held as (
        select organization_id, id, run_id = $3 as is_cause from agent_jobs where worker_id = $2 and status = 'active'
      )
      update agent_jobs job set
        last_words = $1::jsonb || jsonb_build_object('attempt', attempts, 'isCause', coalesce(is_cause, false))
      from held
      where job.organization_id = held.organization_id and job.id = held.id
        and (held.is_cause or not exists (select from held where is_cause))
      returning job.run_id`,
      [JSON.stringify(error), workerId, causeRunId],
    )
    await client.query('commit')
    return rows.flatMap(({ run_id: runId }) => runId ?? [])
  } finally {
    await client.end()
  }
}
