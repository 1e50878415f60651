import { ConnectorError } from '../spec.ts'
import { MessageOutput } from './schemas.ts'

/** Channel and ts of an answer with `ok: true`. Without them the message stands in Slack and cannot be named. */
export function messageAnswer(answer: unknown): MessageOutput {
  const result = MessageOutput.safeParse(answer)
  if (result.success) return result.data
  throw new ConnectorError('connectors.slack_answer_unreadable', 'Slack did not say where the message stands', {
    kind: 'refused',
    effect: 'unknown',
    cause: result.error,
  })
}
