import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { defineAgent, intent } from '../../../src/runtime/index.ts'

/** What a run does to its worker; `heal` is none of it. */
export const poisons = ['throw', 'hang', 'heap', 'loop'] as const
export type Poison = (typeof poisons)[number]

/** How long an attempt may take: well beyond what a healthy one needs, and what filling a heap takes on a busy machine. */
const attemptMs = 30_000

const never = () => new Promise<never>(() => {})

/** Fills the heap as a handler does that keeps all that it reads, some megabytes in each turn of the loop. */
async function fillHeap(): Promise<number> {
  const eaten: string[][] = []
  for (;;) {
    eaten.push(Array.from({ length: 20_000 }, (_none, index) => `${eaten.length} ${index}`))
    await sleep(10)
  }
}

function standStill(): never {
  for (;;);
}

/** The agent of the proof of poison: it works, or does harm as its input says. */
export const createEater = (stepMs: number) =>
  defineAgent({
    name: 'Eater',
    description: 'Works, or takes its worker down',
    kind: 'workflow',
    policy: { tools: [], maxCostMicros: 0 },
    intents: {
      eat: intent({
        description: 'Takes three steps, or does harm after the first',
        attemptMs,
        input: z.strictObject({ poison: z.enum(poisons).optional() }),
        output: z.strictObject({}),
        async run({ input, step }) {
          await step('first', () => sleep(stepMs, 1))
          switch (input.poison) {
            case undefined:
              break
            case 'throw':
              throw new Error('This run cannot be done')
            case 'hang':
              await step('hang', never)
              break
            case 'heap':
              await step('heap', fillHeap)
              break
            case 'loop':
              await step('loop', async () => standStill())
              break
            default:
              return input.poison satisfies never
          }
          await step('second', () => sleep(stepMs, 2))
          await step('third', () => sleep(stepMs, 3))
          return {}
        },
      }),
    },
  })
