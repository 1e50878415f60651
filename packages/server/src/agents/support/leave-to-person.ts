import type { BrandIntentContext } from '../../runtime/index.ts'
import { handOver } from '../../tasks/index.ts'

const stepKey = 'leave it to a person'

/**
 * Writes the task of answering for a person, and tells the members, once however often the run is resumed. Returns its id.
 * The question and the model's reason are the task's text alone: the notification says nothing of what others wrote.
 */
export function leaveToPerson(
  context: BrandIntentContext<{ readonly conversationId: string }>,
  { subject, question, reason }: { readonly subject: string; readonly question: string; readonly reason: string },
): Promise<string> {
  const { brandId, runId, input } = context
  const about = lineOf(subject) || lineOf(question)
  return context.transaction(stepKey, (tx) =>
    handOver(tx, {
      title: cut(`Answer: ${about}`, 120),
      description: [reason.trim(), `Asked:\n${cut(question, 4000)}`].filter((part) => part !== '').join('\n\n'),
      priority: 'normal',
      brandId,
      conversationId: input.conversationId,
      runId,
      stepKey,
      facts: { agent: 'SupportAgent', intent: 'support' },
    }),
  )
}

const lineOf = (text: string) => text.replaceAll(/\s+/g, ' ').trim()

const cut = (text: string, most: number) => (text.length <= most ? text : `${text.slice(0, most - 1)}…`)
