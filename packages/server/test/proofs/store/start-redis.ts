import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { NeonHubError } from '../../../src/base/errors.ts'
import { findFreePort } from '../../free-port.ts'

export interface OwnRedis {
  readonly url: string
  /** Kills it with -9, and starts it again on what it had saved. */
  readonly crash: () => Promise<void>
  readonly stop: () => Promise<void>
}

const patienceMs = 20_000

/** A Redis of its own with the settings that it comes with, which save to the disk once a minute at most. Throws `proof.redis_missing`. */
export async function startRedis(): Promise<OwnRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'neonhub-redis-'))
  const port = await findFreePort()
  const start = async () => {
    const child = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder], {
      stdio: 'ignore',
    })
    const failed = once(child, 'error').then(([cause]) => {
      throw new NeonHubError('proof.redis_missing', 'redis-server cannot be started', {
        kind: 'invalid',
        hint: 'Install it; Debian has it as redis-server.',
        cause,
      })
    })
    await Promise.race([answers(port), failed])
    return child
  }
  const kill = async (child: ChildProcess) => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  let child = await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    crash: async () => {
      await kill(child)
      child = await start()
    },
    stop: async () => {
      await kill(child)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function answers(port: number): Promise<void> {
  const begun = performance.now()
  while (!(await isOpen(port))) {
    if (performance.now() - begun > patienceMs) throw new Error('Redis does not answer')
    await sleep(20)
  }
}

const isOpen = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const settle = (isThere: boolean) => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('connect', () => settle(true)).once('error', () => settle(false))
  })
