import { OpenWorkflow } from 'openworkflow'
import { BackendPostgres } from 'openworkflow/postgres'
import postgres from 'postgres'
import type { Peer, PeerOptions } from './peer.ts'

/** Its handles ask for the result ten times a second, so the end of the last run is what its last step says. */
export async function openOpenWorkflow({ url, concurrency, poolSize }: PeerOptions): Promise<Peer> {
  await (await BackendPostgres.connect(url)).stop()
  const pool = postgres(url, { max: poolSize, onnotice: () => {}, transform: postgres.toCamel })
  const backend = BackendPostgres.fromPool(pool as never)
  const engine = new OpenWorkflow({ backend })
  let ended = 0
  let onEnd = () => {}
  const take = engine.defineWorkflow<{ steps: number }, number>({ name: 'take' }, async ({ input, step }) => {
    for (let taken = 0; taken < input.steps; taken += 1) await step.run({ name: `step ${taken}` }, async () => taken)
    ended += 1
    onEnd()
    return input.steps
  })
  const worker = engine.newWorker({ concurrency })
  await worker.start()
  return {
    async takeSteps({ runs, steps }) {
      ended = 0
      const all = new Promise<void>((resolve) => {
        onEnd = () => {
          if (ended === runs) resolve()
        }
      })
      await Promise.all(Array.from({ length: runs }, () => take.run({ steps })))
      await all
    },
  }
}
