import { z } from 'zod'
import { defineAgent, intent } from '../src/runtime/index.ts'

const ToolName = z.enum(['webhook.deliver', 'slack.postMessage', 'slack.listChannels', 'email.send'])

/** What each tool is called with; the mark tells one call from another at the provider. */
const inputs: Readonly<Record<z.output<typeof ToolName>, (mark: string) => unknown>> = {
  'webhook.deliver': (mark) => ({ type: 'crash.tested', data: { mark } }),
  'slack.postMessage': (mark) => ({ channel: 'C0123456789', text: mark }),
  'slack.listChannels': () => ({}),
  'email.send': (mark) => ({ to: [`${mark}@example.com`], subject: mark, text: mark }),
}

/** Makes one call between two steps. */
export const caller = defineAgent({
  name: 'Caller',
  description: 'Makes one call between two steps',
  kind: 'workflow',
  // Consents are another suite's: what stands here is what becomes of a call.
  policy: { tools: ToolName.options, maxCostMicros: 0, transactional: ['email.send'] },
  intents: {
    call: intent({
      description: 'Makes one call between two steps',
      input: z.strictObject({ tool: ToolName, mark: z.string() }),
      output: z.strictObject({ status: z.string() }),
      async run({ input, step, tools }) {
        await step('before', async () => 1)
        const { status } = await tools.call('call', { tool: input.tool, input: inputs[input.tool](input.mark) })
        await step('after', async () => 2)
        return { status }
      },
    }),
  },
})
