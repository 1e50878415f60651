import { z } from 'zod'
import { defineAgent, intent } from '../src/runtime/index.ts'

const prompt = {
  task: 'Say what the shop sells',
  sources: [{ id: 's1', title: 'Shop', text: 'We sell pin vices.' }],
}

/** Asks for a text, or for an object, and says which model answered. */
export const asksModels = defineAgent({
  name: 'Writer',
  description: 'Writes a sentence',
  kind: 'copilot',
  policy: { tools: [], maxCostMicros: 1_000_000 },
  intents: {
    write: intent({
      description: 'Writes',
      input: z.strictObject({ model: z.string().optional(), asObject: z.boolean().default(false) }),
      output: z.strictObject({ model: z.string() }),
      async run({ input: { model: named, asObject }, llm }) {
        const options = { prompt, ...(named === undefined ? {} : { model: named }) }
        const { model } = asObject
          ? await llm.object('write', { ...options, schema: z.object({ summary: z.string() }) })
          : await llm.text('write', options)
        return { model }
      },
    }),
  },
})
