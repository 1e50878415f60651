import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { messageOf, NeonHubError } from '../../../src/base/errors.ts'

const program = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find(
  (path) => spawnSync(path, ['--version']).status === 0,
)

/** Whether pgbouncer is installed here. */
export const hasPgbouncer = program !== undefined

/**
 * Runs `work` with the URL of a pgbouncer of its own in front of `databaseUrl`: transactions share `poolSize`
 * connections to the server. It is ended afterwards.
 */
export async function withPgbouncer<Result>(
  databaseUrl: string,
  { poolSize }: { readonly poolSize: number },
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const server = new URL(databaseUrl)
  const folder = await mkdtemp(join(tmpdir(), 'neonhub-pgbouncer-'))
  const port = await freePort()
  const config = join(folder, 'pgbouncer.ini')
  const users = join(folder, 'users.txt')
  await writeFile(users, `"${decodeURIComponent(server.username)}" "${decodeURIComponent(server.password)}"\n`)
  await writeFile(
    config,
    `[databases]
${server.pathname.slice(1)} = host=${server.hostname} port=${server.port || '5432'}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${poolSize}
server_reset_query_always = 0
`,
  )
  // It refuses to run as root; Debian's "nobody" then reads the folder.
  const nobody = 65_534
  const identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
  if ('uid' in identity) for (const path of [folder, config, users]) await chown(path, nobody, nobody)
  await chmod(users, 0o600)
  const child = spawn(program ?? 'pgbouncer', ['-q', config], { stdio: ['ignore', 'ignore', 'pipe'], ...identity })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-2000)))
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  url.password = ''
  try {
    await answers(url.toString(), { child, said: () => said })
    return await work(url.toString())
  } finally {
    if (child.exitCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    await rm(folder, { recursive: true, force: true })
  }
}

async function answers(
  url: string,
  { child, said }: { readonly child: ChildProcess; readonly said: () => string },
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      await client.query('select 1')
      return
    } catch (error) {
      if (attempt < 100 && child.exitCode === null) {
        await sleep(50)
        continue
      }
      throw new NeonHubError('proof.pgbouncer', `pgbouncer does not answer: ${messageOf(error)}\n${said()}`, {
        kind: 'unavailable',
        cause: error,
      })
    } finally {
      await client.end().catch((error: unknown) => messageOf(error))
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return address !== null && typeof address === 'object' ? address.port : 0
}
