import { readFile } from 'node:fs/promises'
import { kill } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { NeonHubError } from '../../../src/base/errors.ts'

const patienceMs = 60_000

/**
 * Stops a PostgreSQL on this machine at once, as `pg_ctl stop -m immediate` does, and waits until it answers again: where
 * one of its processes is killed, the postmaster ends all others, forgets the shared memory and recovers from the log
 * (https://www.postgresql.org/docs/current/server-shutdown.html, restart_after_crash). Throws `proof.server_elsewhere`.
 */
export async function crashPostgres(databaseUrl: string): Promise<void> {
  const [victim, witness] = [await openClient(databaseUrl), await openClient(databaseUrl)]
  const { rows } = await victim.query<{ pid: number }>('select pg_backend_pid() as pid')
  const pid = rows[0]?.pid ?? 0
  // A server in a container counts its processes by itself: the number may be another's here.
  const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  if (!title.startsWith('postgres:') || !title.includes(new URL(databaseUrl).pathname.slice(1))) {
    throw new NeonHubError('proof.server_elsewhere', 'PostgreSQL does not run on this machine', {
      kind: 'invalid',
      hint: 'Name a server of this machine whose processes you may end; all of its databases go down for a moment.',
    })
  }
  const down = new Promise<void>((resolve) => witness.once('end', resolve))
  kill(pid, 'SIGKILL')
  await down
  const begun = performance.now()
  for (;;) {
    try {
      const client = await openClient(databaseUrl)
      await client.query('select 1')
      await client.end()
      return
    } catch (error) {
      if (performance.now() - begun > patienceMs) throw error
      await sleep(50)
    }
  }
}

async function openClient(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl })
  // It is to be cut off.
  client.on('error', () => {})
  await client.connect()
  return client
}
