import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What runs reach outside, as a process of its own. */
export interface Recorder {
  readonly url: string
  /** What each effect said, in the order in which they came. */
  readonly effects: readonly unknown[]
  readonly stop: () => Promise<void>
}

/** Starts it; `script` is another that speaks as `recorder-child.ts` does. */
export async function startRecorder(script = new URL('recorder-child.ts', import.meta.url)): Promise<Recorder> {
  const child = spawn(execPath, [fileURLToPath(script)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const effects: unknown[] = []
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  child.once('exit', (code) => reject(new Error(`The recorder ended with ${code}`)))
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('effect ')) effects.push(JSON.parse(line.slice(7)))
    if (line.startsWith('port ')) resolve(Number(line.slice(5)))
  })
  const port = await promise
  return {
    url: `http://127.0.0.1:${port}/`,
    effects,
    stop: async () => {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}
