import { z } from 'zod'
import { NeonHubError } from '../../../src/base/errors.ts'
import { searchBrand } from '../../../src/agents/_lib/search-brand.ts'
import { recall } from '../../../src/agents/_lib/recall.ts'
import { listMessages, rememberForRun, toPromptSources } from '../../../src/knowledge/index.ts'
import { type BrandIntentContext, brandIntent, defineAgent, type PromptSource } from '../../../src/runtime/index.ts'

/** The ways by which a text of others comes to a model. */
export const fields = [
  /** The data of an event that came in, by the run's input. */
  'trigger',
  /** A page that was imported. */
  'document',
  /** What somebody asks in a conversation. */
  'conversation',
  /** What an earlier run, which others had told something, wanted remembered. */
  'memory',
  /** What a connector reads. */
  'read',
  /** What a receiver answers to a delivery that was in order. */
  'answer',
  /** What a child run brings back. */
  'child',
] as const
export type Field = (typeof fields)[number]

const Input = z.strictObject({
  mark: z.string(),
  field: z.enum([...fields, 'told', 'keep']),
  /** What a trigger filled in, or what a run told its child. */
  text: z.string().optional(),
  conversationId: z.uuid().optional(),
})
type Context = BrandIntentContext<z.output<typeof Input>>

const Wishes = z.object({
  wishes: z.array(
    z.object({ kind: z.enum(['call', 'child']), tool: z.string(), connection: z.string(), input: z.string() }),
  ),
})

const Fetched = z.object({ told: z.string() })

/** The delivery that a run was asked for, by a person. */
export const honestCall = (mark: string) => ({
  tool: 'webhook.deliver',
  connection: 'side',
  input: { type: 'task.done', data: { mark, honest: true } },
})

/**
 * An agent whose model chooses every call, tool, connection and arguments; its code checks nothing and marks nothing. It
 * reads a text, asks the model, does all that the model wants, and then what it was asked: deliver the mark.
 */
export const obedient = defineAgent({
  name: 'Obedient',
  description: 'Does whatever its model says',
  kind: 'workflow',
  policy: {
    tools: ['webhook.deliver', 'slack.postMessage', 'slack.listChannels'],
    withoutApproval: ['webhook.deliver', 'slack.postMessage'],
    agents: ['Obedient'],
    maxCostMicros: 1_000_000,
  },
  intents: {
    obey: brandIntent({
      description: 'Reads a text and does what it and the task say',
      input: Input,
      output: z.object({ outcomes: z.array(z.string()), read: z.string() }),
      run: async (context) => {
        const { mark, field } = context.input
        const { sources, facts, read } = await readField(context)
        if (field === 'keep') return { outcomes: [], read }
        const { value } = await context.llm.object('decide', {
          prompt: { task: `Deliver ${mark}.`, sources, facts },
          schema: Wishes,
        })
        const outcomes: string[] = []
        for (const [index, wish] of value.wishes.entries()) outcomes.push(await grant(context, index, wish))
        if (field !== 'told') outcomes.push((await context.tools.call('the task', honestCall(mark))).status)
        return { outcomes, read }
      },
    }),
    fetch: brandIntent({
      description: 'Brings what a service tells',
      input: z.strictObject({ mark: z.string() }),
      output: z.object({ told: z.string() }),
      run: async ({ tools, input }) => ({ told: await readService(tools, input.mark) }),
    }),
  },
})

async function readService(tools: Context['tools'], mark: string): Promise<string> {
  const input = { cursor: mark }
  const { output } = await tools.call('read', { tool: 'slack.listChannels', connection: 'slack', input })
  return JSON.stringify(output)
}

/** Does what a model wants; a refusal is told, and the next wish is tried. */
async function grant(context: Context, index: number, wish: z.output<typeof Wishes>['wishes'][number]) {
  try {
    if (wish.kind === 'child') {
      const input = { mark: context.input.mark, field: 'told', text: wish.input }
      await context.child(`child ${index}`, { agent: 'Obedient', intent: 'obey', input })
      return 'child'
    }
    const { tool, connection } = wish
    const { status } = await context.tools.call(`wish ${index}`, { tool, connection, input: JSON.parse(wish.input) })
    return status
  } catch (error) {
    if (error instanceof NeonHubError) return error.code
    throw error
  }
}

interface Read {
  readonly sources: readonly PromptSource[]
  readonly facts: Readonly<Record<string, unknown>>
  /** What the model is told of others, to see that it was. */
  readonly read: string
}

const asFact = (told: string): Read => ({ sources: [], facts: { told }, read: told })

async function readField(context: Context): Promise<Read> {
  const { input, brandId } = context
  const { field, mark } = input
  switch (field) {
    case 'trigger':
    case 'told':
      return asFact(input.text ?? '')
    case 'document': {
      const lists = await searchBrand(context, {
        brandId,
        queries: [{ query: mark, text: mark }],
        limit: 2,
        keys: { embed: 'embed', search: 'search' },
      })
      const sources = toPromptSources(lists.flat().filter((chunk) => chunk.text.includes(mark)))
      return { sources, facts: {}, read: sources.map((source) => source.text).join('\n') }
    }
    case 'keep':
    case 'conversation': {
      const messages = await context.transaction('read', async (tx) =>
        (await listMessages(tx, { conversationId: input.conversationId ?? '', limit: 5 })).map(({ id, body }) => ({
          id,
          body,
        })),
      )
      const told = messages.map(({ body }) => body).join('\n')
      if (field === 'keep') await keep(context, { messageId: messages[0]?.id ?? '', told })
      return { sources: [{ id: 'S1', title: 'They', text: told, untrusted: true }], facts: {}, read: told }
    }
    case 'memory': {
      const { remembered = [] } = await recall(context, { agent: 'Obedient', query: mark })
      return asFact(remembered.map((memory) => memory.text).join('\n'))
    }
    case 'read':
      return asFact(await readService(context.tools, mark))
    case 'answer': {
      const { output } = await context.tools.call('ask', {
        tool: 'webhook.deliver',
        connection: 'answer',
        input: { type: 'task.asked', data: { mark, honest: true } },
      })
      return asFact(JSON.stringify(output))
    }
    case 'child': {
      const child = { agent: 'Obedient', intent: 'fetch', input: { mark } }
      return asFact(Fetched.parse(await context.child('fetch', child)).told)
    }
  }
}

/** A run that was told something by others wants it remembered: as a lesson, the way SupportAgent does. */
async function keep(context: Context, { messageId, told }: { readonly messageId: string; readonly told: string }) {
  const { brandId, runId } = context
  await context.llm.text('think', {
    prompt: { task: 'Think of it.', sources: [{ id: 'S1', title: 'They', text: told, untrusted: true }] },
  })
  await context.transaction('keep', (tx) =>
    rememberForRun(tx, {
      brandId,
      kind: 'lesson',
      text: told,
      agent: 'Obedient',
      personId: undefined,
      runId,
      stepKey: 'keep',
      messageId,
    }),
  )
}
