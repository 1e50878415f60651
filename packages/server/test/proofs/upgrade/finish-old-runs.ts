import { z } from 'zod'
import { systemClock } from '../../../src/base/clock.ts'
import { parseConfig } from '../../../src/base/config.ts'
import { asId, newId } from '../../../src/base/ids.ts'
import { createLogger } from '../../../src/base/log.ts'
import { createMetrics } from '../../../src/base/metrics.ts'
import type { Database } from '../../../src/db/index.ts'
import { createLlm } from '../../../src/llm/index.ts'
import type { Queue } from '../../../src/queue/index.ts'
import { createRuntime, defineAgent, intent } from '../../../src/runtime/index.ts'
import { openNetwork } from '../../open-network.ts'

const lanes = 8
const noQueue: Queue = {
  workerId: newId(),
  dispatch: async () => {},
  start: async () => {},
  workOne: async () => {},
  stop: async () => {},
  health: async () => ({ backend: 'postgres', isUp: true, error: undefined, counts: {} }),
}

/**
 * Lets this version finish the runs that the first release's client left half way. Returns how many of the steps on
 * record were taken again, and the runs that did not come to their end.
 */
export async function finishOldRuns(
  database: Database,
  runs: readonly { readonly organizationId: string; readonly runId: string }[],
): Promise<{ readonly stepsRunAgain: number; readonly unfinished: readonly string[] }> {
  let stepsRunAgain = 0
  const agent = defineAgent({
    name: 'Stepper',
    description: 'Takes the steps that the first release took, and two more',
    kind: 'workflow',
    policy: { tools: [], maxCostMicros: 0 },
    intents: {
      take: intent({
        description: 'Takes steps one after the other',
        input: z.strictObject({ steps: z.number().int() }),
        output: z.strictObject({ taken: z.number().int() }),
        async run({ input, step }) {
          for (let taken = 0; taken < input.steps; taken += 1) {
            await step(`step ${taken}`, async () => {
              if (taken < 2) stepsRunAgain += 1
              return `step ${taken}`
            })
          }
          return { taken: input.steps }
        },
      }),
    },
  })
  const runtime = createRuntime({
    database,
    queue: noQueue,
    llm: createLlm({ config: parseConfig({}).llm, clock: systemClock }),
    agents: new Map([[agent.name, agent]]),
    clock: systemClock,
    logger: createLogger({ level: 'error' }),
    metrics: createMetrics(),
    ...openNetwork,
    publicUrl: 'http://localhost:3000',
    masterKey: new Uint8Array(32),
    mockConnectors: true,
  })
  const unfinished: string[] = []
  const left = runs.values()
  const lane = async () => {
    for (const { organizationId, runId } of left) {
      const [organization, run] = [asId<'organization'>(organizationId), asId<'run'>(runId)]
      await runtime.runJob(organization, run, new AbortController().signal)
      const status = await runtime.waitForRun(organization, run, { timeoutMs: 0 })
      if (status !== 'succeeded') unfinished.push(`${runId} is ${status}`)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return { stepsRunAgain, unfinished }
}
