import { Mastra } from '@mastra/core/mastra'
import { createStep, createWorkflow } from '@mastra/core/workflows'
import { PostgresStore } from '@mastra/pg'
import { z } from 'zod'
import { inLanes, type Peer, type PeerOptions } from './peer.ts'

/** Its workflows are fixed chains, so there is one for each number of steps. */
export async function openMastra({ url, concurrency, poolSize }: PeerOptions): Promise<Peer> {
  const storage = new PostgresStore({ id: 'bench', connectionString: url, max: poolSize })
  await storage.init()
  const schema = z.object({ taken: z.number() })
  const chains = new Map<number, ReturnType<typeof chainOf>>()
  const chainOf = (steps: number) => {
    const empty = createWorkflow({ id: `take-${steps}`, inputSchema: schema, outputSchema: schema })
    let chain: typeof empty = empty
    for (let place = 0; place < steps; place += 1) {
      const step = createStep({
        id: `step-${place}`,
        inputSchema: schema,
        outputSchema: schema,
        execute: async ({ inputData }) => ({ taken: inputData.taken + 1 }),
      })
      chain = chain.then(step) as never
    }
    const engine = new Mastra({ storage, workflows: { take: chain.commit() as never }, logger: false })
    return engine.getWorkflow('take' as never) as typeof empty
  }
  return {
    async takeSteps({ runs, steps }) {
      const workflow = chains.get(steps) ?? chainOf(steps)
      chains.set(steps, workflow)
      await inLanes({ count: runs, concurrency }, async () => {
        const run = await workflow.createRun()
        const result = await run.start({ inputData: { taken: 0 } })
        if (result.status !== 'success') throw new Error(`a run of Mastra is ${result.status}`)
      })
    },
  }
}
