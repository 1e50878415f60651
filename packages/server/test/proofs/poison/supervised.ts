import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env, execPath } from 'node:process'
import { fileURLToPath } from 'node:url'

/** The limit of a worker's heap: what a healthy one needs, several times. */
const heapMb = 160

/** Worker processes, each of which is started again when it ends, as a supervisor does. */
export async function startSupervised(
  count: number,
  parameters: readonly string[],
): Promise<{ readonly ended: () => number; readonly stop: () => Promise<void> }> {
  const file = fileURLToPath(new URL('worker-child.ts', import.meta.url))
  const live = new Set<ChildProcess>()
  let ended = 0
  let isOver = false
  const start = async (): Promise<void> => {
    // What V8 says as it ends for want of memory is long, and known.
    const worker = spawn(execPath, [`--max-old-space-size=${heapMb}`, file, ...parameters], {
      stdio: ['ignore', 'pipe', 'ignore'],
      // As the command line does: what was compiled once is kept between processes.
      env: { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'), ...env },
    })
    live.add(worker)
    worker.once('exit', () => {
      live.delete(worker)
      if (isOver) return
      ended += 1
      void start()
    })
    await Promise.race([once(worker.stdout, 'data'), once(worker, 'exit')])
  }
  await Promise.all(Array.from({ length: count }, start))
  return {
    ended: () => ended,
    stop: async () => {
      isOver = true
      await Promise.all(
        [...live].map(async (worker) => {
          const exited = once(worker, 'exit')
          worker.kill('SIGKILL')
          await exited
        }),
      )
    },
  }
}
