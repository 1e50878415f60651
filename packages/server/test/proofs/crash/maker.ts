import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { sql } from '../../../src/db/index.ts'
import { defineAgent, intent } from '../../../src/runtime/index.ts'

/** What is called for each class of effect; `transaction` is an effect in the database itself, with its step. */
export const toolOf = {
  read: 'slack.listChannels',
  idempotent: 'webhook.deliver',
  lookup: 'slack.postMessage',
  once: 'email.send',
} as const
export const effectKinds = ['read', 'idempotent', 'lookup', 'once', 'transaction'] as const
export type EffectKind = (typeof effectKinds)[number]

/** The mark tells the recorder whose effect it is. */
const inputOf = {
  read: () => ({}),
  idempotent: (mark: string) => ({ type: 'crash.proved', data: { mark } }),
  lookup: (mark: string) => ({ channel: 'C0123456789', text: mark }),
  once: (mark: string) => ({ to: [`${mark}@example.com`], subject: mark, text: mark }),
} as const

const Input = z.strictObject({ order: z.array(z.enum(effectKinds)) })

/** How long a step takes where nothing else is said: so long that some are under way when their worker is killed. */
const usualStepMs = 40

/** An agent whose run makes an effect of each class, in the order that it is given, with a step after each. */
export function createMaker({
  recorderUrl,
  fenceOf,
  stepMs = usualStepMs,
}: {
  readonly recorderUrl: string
  /** The fence with which this process has claimed a run. */
  readonly fenceOf: (runId: string) => number
  readonly stepMs?: number | undefined
}) {
  const tellOf = (runId: string, fence: number) => async (what: 'began' | 'ran' | 'did', key: string) => {
    const body = JSON.stringify({ what, runId, fence, key, process: process.pid })
    await fetch(`${recorderUrl}/tell`, { method: 'POST', body })
  }
  return defineAgent({
    name: 'Maker',
    description: 'Makes an effect of each class',
    kind: 'workflow',
    policy: { tools: Object.values(toolOf), maxCostMicros: 0, transactional: ['email.send'] },
    intents: {
      make: intent({
        description: 'Makes an effect of each class',
        input: Input,
        output: z.strictObject({ statuses: z.array(z.string()) }),
        run: async ({ runId, input, step, transaction, tools }) => {
          const tell = tellOf(runId, fenceOf(runId))
          await tell('began', '')
          const statuses: string[] = []
          for (const kind of input.order) {
            if (kind === 'transaction') {
              await transaction(kind, async (tx) => {
                await sql`insert into proof_effects (run_id) values (${runId})`.execute(tx)
                return 1
              })
            } else {
              const { status } = await tools.call(kind, { tool: toolOf[kind], input: inputOf[kind](runId) })
              statuses.push(status)
            }
            const key = `after ${kind}`
            await step(key, async () => {
              await tell('ran', key)
              await wait(stepMs)
              return 1
            })
            await tell('did', key)
          }
          return { statuses }
        },
      }),
    },
  })
}
