import { listMessages, type Message, rememberForRun } from '../../knowledge/index.ts'
import type { PersonId } from '../../base/ids.ts'
import type { BrandIntentContext } from '../../runtime/index.ts'

const stepKey = 'keep what people answered'

export interface Lesson {
  readonly messageId: string
  readonly text: string
}

/**
 * What people of the organization answered themselves since an agent last did, each with the question: the next time that
 * it is asked, the agent knows. A question came from outside, so that each waits for a person's yes.
 */
export async function keepLessons(
  context: BrandIntentContext<{ readonly conversationId: string }>,
  { personId, limit }: { readonly personId: PersonId | undefined; readonly limit: number },
): Promise<void> {
  const { brandId, runId, input } = context
  await context.transaction(stepKey, async (tx) => {
    const messages = await listMessages(tx, { conversationId: input.conversationId, limit })
    const kept: string[] = []
    for (const { messageId, text } of lessonsOf(messages)) {
      const memory = { brandId, kind: 'lesson' as const, text, agent: 'SupportAgent', personId }
      const id = await rememberForRun(tx, { ...memory, runId, stepKey, messageId })
      if (id !== undefined) kept.push(id)
    }
    return kept
  })
}

/** People's answers after the last one of a run: those before it were kept, or forgotten on purpose, when it was given. */
export function lessonsOf(messages: readonly Pick<Message, 'id' | 'role' | 'author' | 'body'>[]): readonly Lesson[] {
  const lastOfRun = messages.findLastIndex(({ author }) => author.startsWith('run:'))
  const lessons: Lesson[] = []
  let question = ''
  for (const [index, { id, role, author, body }] of messages.entries()) {
    if (role === 'user') question = body
    if (role !== 'assistant' || author.startsWith('run:') || index < lastOfRun || question === '') continue
    lessons.push({ messageId: id, text: `Asked: ${cut(question, 700)}\nA person answered: ${cut(body, 1200)}` })
  }
  return lessons
}

const cut = (text: string, most: number) => (text.length <= most ? text : `${text.slice(0, most - 1)}…`)
