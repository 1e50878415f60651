import { DBOS } from '@dbos-inc/dbos-sdk'
import { inLanes, type Peer, type PeerOptions } from './peer.ts'

export async function openDbos({ url, concurrency, poolSize }: PeerOptions): Promise<Peer> {
  DBOS.setConfig({ name: 'bench', systemDatabaseUrl: url, systemDatabasePoolSize: poolSize, logLevel: 'error' })
  const take = DBOS.registerWorkflow(
    async (steps: number) => {
      for (let taken = 0; taken < steps; taken += 1) await DBOS.runStep(async () => taken, { name: `step ${taken}` })
      return steps
    },
    { name: 'take' },
  )
  await DBOS.launch()
  return {
    takeSteps: ({ runs, steps }) =>
      inLanes({ count: runs, concurrency }, async () => {
        const handle = await DBOS.startWorkflow(take)(steps)
        await handle.getResult()
      }),
  }
}
