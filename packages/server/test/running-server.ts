import { spawn } from 'node:child_process'
import { env, execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { findFreePort } from './free-port.ts'

/** A server in a process of its own. */
export interface RunningServer {
  readonly url: string
  /** Asks it to end, and waits until it has. */
  readonly stop: () => Promise<void>
}

const main = fileURLToPath(new URL('../bin/neonhub.mjs', import.meta.url))

/**
 * Starts `neonhub start` without the example, on a free port; resolves once it says where it is. A command with the same
 * data folder then asks it instead of opening the database, and answers in a fraction of the time.
 */
export async function startServer(environment: Readonly<Record<string, string>>): Promise<RunningServer> {
  const port = await findFreePort()
  const { PATH = '', HOME = '' } = env
  const server = spawn(execPath, [main, 'start', '--no-demo'], {
    env: { PATH, HOME, NO_COLOR: '1', ...environment, PORT: `${port}` },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  const closed = new Promise<void>((resolve) => server.once('close', () => resolve()))
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let said = ''
  server.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString('utf8')
    if (said.includes('NeonHub is at')) resolve()
  })
  server.once('close', () => reject(new Error(`the server went down: ${said}`)))
  await promise
  return {
    url: `http://localhost:${port}`,
    stop: () => {
      server.kill('SIGTERM')
      return closed
    },
  }
}
