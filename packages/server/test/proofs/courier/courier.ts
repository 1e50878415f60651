import { z } from 'zod'
import { newId } from '../../../src/base/ids.ts'
import { defineAgent, intent } from '../../../src/runtime/index.ts'

/** The tool of each class of effect. */
export const toolOf = { idempotent: 'webhook.deliver', lookup: 'slack.postMessage' } as const
export type Effect = keyof typeof toolOf
export const effects = ['idempotent', 'lookup'] as const

/**
 * Makes one call between two steps. Each running of a step tells the provider a word of its own, and what the journal
 * keeps is the word of the last: a step that is run again after it had finished would leave another behind.
 */
export const courierOf = (url: string) =>
  defineAgent({
    name: 'Courier',
    description: 'Makes one call between two steps',
    kind: 'workflow',
    policy: { tools: Object.values(toolOf), maxCostMicros: 0 },
    intents: {
      carry: intent({
        description: 'Makes one call between two steps',
        input: z.strictObject({ mark: z.string(), effect: z.enum(effects) }),
        output: z.strictObject({ status: z.string() }),
        run: async ({ input: { mark, effect }, step, tools }) => {
          const tell = (key: string) =>
            step(key, async () => {
              const word = newId()
              await fetch(`${url}steps`, { method: 'POST', body: JSON.stringify({ mark, key, word }) })
              return { word }
            })
          await tell('before')
          const inputs = {
            idempotent: { type: 'cut.proved', data: { mark } },
            lookup: { channel: 'C0123456789', text: mark },
          }
          const { status } = await tools.call('call', { tool: toolOf[effect], input: inputs[effect] })
          await tell('after')
          return { status }
        },
      }),
    },
  })
