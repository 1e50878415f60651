import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { defineAgent, intent } from '../../../src/runtime/index.ts'

/** Jobs that a worker does at once of one organization. */
export const hands = 20
const steps = 4
/** How long a step waits for what it asked outside: as a call to a model does, and shorter. */
const stepMs = 25

/** Takes a few steps, each of which waits for something outside. */
export const thinker = defineAgent({
  name: 'Thinker',
  description: 'Takes steps that wait',
  kind: 'workflow',
  policy: { tools: [], maxCostMicros: 0 },
  intents: {
    think: intent({
      description: 'Takes steps that wait',
      input: z.strictObject({ phase: z.string() }),
      output: z.strictObject({ taken: z.number() }),
      run: async ({ step }) => {
        for (let taken = 0; taken < steps; taken += 1) {
          await step(`step ${taken}`, async () => {
            await sleep(stepMs)
            return taken
          })
        }
        return { taken: steps }
      },
    }),
  },
})
