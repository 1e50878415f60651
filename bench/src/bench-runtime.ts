import { z } from 'zod'
import { createAddressGuard } from '../../packages/server/src/base/address-guard.ts'
import { noAllowedHosts } from '../../packages/server/src/base/allowed-hosts.ts'
import { systemClock } from '../../packages/server/src/base/clock.ts'
import { parseConfig } from '../../packages/server/src/base/config.ts'
import { newId } from '../../packages/server/src/base/ids.ts'
import type { Logger } from '../../packages/server/src/base/log.ts'
import { createMetrics } from '../../packages/server/src/base/metrics.ts'
import type { Database } from '../../packages/server/src/db/index.ts'
import { createLlm } from '../../packages/server/src/llm/index.ts'
import type { Queue } from '../../packages/server/src/queue/index.ts'
import {
  type Agent,
  createRuntime,
  defineAgent,
  intent,
  type Runtime,
} from '../../packages/server/src/runtime/index.ts'

/** How long each step took that the stepper has taken, in milliseconds. */
export const stepTimes: number[] = []

/** An agent of empty steps. */
export const stepper = defineAgent({
  name: 'Stepper',
  description: 'Takes empty steps',
  kind: 'workflow',
  policy: { tools: [], maxCostMicros: 0 },
  intents: {
    take: intent({
      description: 'Takes steps one after the other',
      input: z.strictObject({ steps: z.number().int() }),
      output: z.strictObject({ taken: z.number().int() }),
      async run({ input, step }) {
        for (let taken = 0; taken < input.steps; taken += 1) {
          const startedAt = performance.now()
          await step(`step ${taken}`, async () => taken)
          stepTimes.push(performance.now() - startedAt)
        }
        return { taken: input.steps }
      },
    }),
  },
})

/** The runs are handed to the runtime here, so that the engine is measured and not the queue in front of it. */
const noQueue: Queue = {
  workerId: newId(),
  dispatch: async () => {},
  start: async () => {},
  workOne: async () => {},
  stop: async () => {},
  health: async () => ({ backend: 'postgres', isUp: true, error: undefined, counts: {} }),
}

/** What a call reaches: nothing but public addresses. */
export const benchNetwork = createAddressGuard({ allowed: noAllowedHosts })

/** A runtime whose agent is the stepper, or those that are given with the queue that they are worked from. */
export const createBenchRuntime = (
  database: Database,
  logger: Logger,
  { agents = [stepper], queue = noQueue }: { readonly agents?: readonly Agent[]; readonly queue?: Queue } = {},
): Runtime =>
  createRuntime({
    database,
    queue,
    llm: createLlm({ config: parseConfig({}).llm, clock: systemClock }),
    agents: new Map(agents.map((agent) => [agent.name, agent])),
    clock: systemClock,
    logger,
    metrics: createMetrics(),
    ...benchNetwork,
    publicUrl: 'http://localhost:3000',
    masterKey: new Uint8Array(32),
    mockConnectors: true,
  })
