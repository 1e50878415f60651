import { randomUUID } from 'node:crypto'
import { Annotation, END, START, StateGraph } from '@langchain/langgraph'
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres'
import pg from 'pg'
import { inLanes, type Peer, type PeerOptions } from './peer.ts'

/** A node that goes back to itself; its checkpoint is written before the next step begins (`durability: 'sync'`). */
export async function openLangGraph({ url, concurrency, poolSize }: PeerOptions): Promise<Peer> {
  const pool = new pg.Pool({ connectionString: url, max: poolSize })
  const checkpointer = new PostgresSaver(pool)
  await checkpointer.setup()
  const state = Annotation.Root({ taken: Annotation<number>, steps: Annotation<number> })
  const graph = new StateGraph(state)
    .addNode('take', async ({ taken }) => ({ taken: taken + 1 }))
    .addEdge(START, 'take')
    .addConditionalEdges('take', ({ taken, steps }) => (taken < steps ? 'take' : END))
    .compile({ checkpointer })
  return {
    takeSteps: ({ runs, steps }) =>
      inLanes({ count: runs, concurrency }, async () => {
        const { taken } = await graph.invoke(
          { taken: 0, steps },
          { configurable: { thread_id: randomUUID() }, recursionLimit: steps + 10, durability: 'sync' },
        )
        if (taken !== steps) throw new Error(`a run of LangGraph took ${taken} of ${steps} steps`)
      }),
  }
}
