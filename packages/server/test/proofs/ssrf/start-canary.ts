import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What must not be reached, as a process of its own. */
export interface Canary {
  readonly port: number
  readonly hits: () => number
  readonly stop: () => Promise<void>
}

export async function startCanary(): Promise<Canary> {
  const child = spawn(execPath, [fileURLToPath(new URL('canary-child.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let hits = 0
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  child.once('exit', (code) => reject(new Error(`The canary ended with ${code}`)))
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'hit') hits += 1
    if (line.startsWith('port ')) resolve(Number(line.slice(5)))
  })
  const port = await promise
  return {
    port,
    hits: () => hits,
    stop: async () => {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}
