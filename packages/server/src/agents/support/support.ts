import { z } from 'zod'
import { NeonHubError } from '../../base/errors.ts'
import { asId } from '../../base/ids.ts'
import { addMessage, findConversation, listMessages, type Message } from '../../knowledge/index.ts'
import { type BrandIntentContext, brandIntent, defineTask, fillTask } from '../../runtime/index.ts'
import { citationsOf, withoutMarks } from '../_lib/cite.ts'
import { findSources } from '../_lib/find-sources.ts'
import { brandFacts, loadBrand, voicePart } from '../_lib/load-brand.ts'
import { recall } from '../_lib/recall.ts'
import { Citation } from '../_lib/schemas.ts'
import { keepLessons } from './keep-lessons.ts'
import { leaveToPerson } from './leave-to-person.ts'

const Input = z.strictObject({
  conversationId: z.uuid().describe('The conversation whose newest question is answered'),
})

const answerTask = defineTask({
  key: 'answer the question',
  text: [
    'Answer the newest question of the conversation in <sources>, in at most {words} words, from the passages alone.',
    'Say in needsPerson whether a person should answer instead: where the passages do not say it, where somebody',
    'complains, or where they ask for what only a person may grant. Then let the answer say that a person will.',
  ].join('\n'),
  values: { words: 'how long an answer may be' },
})

const Answer = z.object({
  answer: z.string().describe('The answer, in whole sentences'),
  sources: z.array(z.string()).max(4).describe('Ids of the passages that it rests on, from <sources> alone'),
  needsPerson: z.boolean().describe('Whether a person should answer instead'),
  reason: z.string().describe('Why, in one sentence for a colleague'),
})

/** Messages that an answer is given with: what came before them has been answered. */
const mostMessages = 20
const mostWords = 180

/**
 * Answers the newest question of a conversation and keeps the answer there; it reaches nobody by itself. What others
 * wrote came from outside, so the run is marked, and is told to the model as data. Where a person should answer, that is
 * a task for one.
 */
export const support = brandIntent({
  description: 'Answer the newest question of a conversation from the brand’s documents, or say that a person should',
  input: Input,
  output: z.object({
    answer: z.string(),
    citations: z.array(Citation),
    needsPerson: z.boolean(),
    reason: z.string(),
    messageId: z.string(),
    taskId: z.string().optional().describe('The task for a person, where one should answer'),
    model: z.string(),
  }),
  tasks: [answerTask],
  async run(context) {
    const brand = await loadBrand(context)
    const { subject, messages, personId } = await readConversation(context)
    const question = messages.at(-1)?.body ?? ''
    await context.taint()
    await keepLessons(context, { personId: personId === undefined ? undefined : asId(personId), limit: mostMessages })
    const recalled = await recall(context, { agent: 'SupportAgent', query: question.slice(0, 1000) })
    const sources = await findSources(context, brand, { queries: [question.slice(0, 1000), subject], limit: 6 })
    const { value, model } = await context.llm.object(answerTask.key, {
      prompt: {
        task: fillTask(answerTask, { words: mostWords }),
        ...voicePart(brand),
        sources: [
          ...sources.prompt,
          // Its subject is theirs as well, and so no fact.
          {
            id: 'conversation',
            title: 'The conversation so far',
            text: transcript(subject, messages),
            untrusted: true,
          },
        ],
        facts: { ...brandFacts(brand), ...recalled },
      },
      schema: Answer,
      schemaName: 'answer',
    })
    const text = withoutMarks(value.answer.trim())
    const citations = citationsOf(value.sources, sources)
    const messageId = await context.transaction('keep the answer', async (tx) =>
      addMessage(tx, {
        conversationId: context.input.conversationId,
        role: 'assistant',
        author: `run:${context.runId}`,
        body: text,
        citations,
        runId: context.runId,
      }),
    )
    if (messageId === undefined) throw unknown()
    const { needsPerson, reason } = value
    const answered = { answer: text, citations: [...citations], needsPerson, reason, messageId, model }
    return needsPerson ? { ...answered, taskId: await leaveToPerson(context, { subject, question, reason }) } : answered
  },
})

/** What was said, up to a question that nobody has answered. */
function readConversation(context: BrandIntentContext<z.output<typeof Input>>) {
  const { conversationId } = context.input
  return context.transaction('read the conversation', async (tx) => {
    const conversation = await findConversation(tx, conversationId)
    // Of another brand is as good as not there: its documents must not answer.
    if (conversation?.brandId !== context.brandId) throw unknown()
    const messages = await listMessages(tx, { conversationId, limit: mostMessages })
    if (messages.at(-1)?.role !== 'user') {
      throw new NeonHubError('agents.nothing_asked', 'The newest message of the conversation is no question', {
        kind: 'conflict',
        hint: 'Add what was asked first: neonhub conversations say ID --message TEXT',
      })
    }
    const { subject, personId } = conversation
    return { subject, personId, messages: messages.map(({ role, body }) => ({ role, body })) }
  })
}

const transcript = (subject: string, messages: readonly Pick<Message, 'role' | 'body'>[]) =>
  [
    ...(subject === '' ? [] : [`Subject: ${subject}`]),
    ...messages.map(({ role, body }) => `${role === 'user' ? 'They' : 'We'}: ${body}`),
  ].join('\n\n')

const unknown = () =>
  new NeonHubError('agents.conversation_unknown', 'This brand has no such conversation', {
    kind: 'not_found',
    hint: 'neonhub conversations lists them.',
  })
