import pg from 'pg'
import type { RecordedError } from '../base/errors.ts'

/**
 * Writes down what a process sees coming, on the jobs that it has in hand, over a connection of its own: asked by a thread
 * while the process itself answers nobody. Returns the runs that were on, and resolves once it is durable.
 */
export async function writeLastWords(
  databaseUrl: string,
  { workerId, error }: { readonly workerId: string; readonly error: RecordedError },
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
      "update agent_jobs set last_words = $1 where worker_id = $2 and status = 'active' returning run_id",
      [JSON.stringify(error), workerId],
    )
    await client.query('commit')
    return rows.flatMap(({ run_id: runId }) => runId ?? [])
  } finally {
    await client.end()
  }
}
