import { z } from 'zod'
import { isStorableText } from '../../base/storable-text.ts'
import { inboundUnreadable } from '../_lib/inbound-error.ts'
import { parseJsonBody } from '../_lib/parse-json-body.ts'
import type { InboundMessage, InboundRequest } from '../spec.ts'

const id = z.string().min(1).max(255)

/** What of the outer envelope is looked at: https://docs.slack.dev/apis/events-api */
const Envelope = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('url_verification'), challenge: z.string().max(1000) }),
  z.looseObject({
    type: z.literal('event_callback'),
    event_id: id,
    event_time: z.number().int().nonnegative().max(1e11),
    team_id: z.string().max(64).optional(),
    event: z
      .record(z.string(), z.json())
      .and(z.looseObject({ type: z.string().min(1).max(64), subtype: z.string().max(64).optional() })),
  }),
])

const Command = z.object({
  command: z.string().max(100),
  trigger_id: id,
  text: z.string().default(''),
  user_id: z.string(),
  channel_id: z.string(),
  team_id: z.string().optional(),
})

/** Reads an event (`message`, `app_mention`, …), a slash command (`command`), or Slack's question whose address this is. */
export function parseSlackRequest({ headers, body }: InboundRequest): InboundMessage {
  if (/^application\/x-www-form-urlencoded/i.test(headers['content-type'] ?? '')) return parseForm(headers, body)
  const envelope = Envelope.safeParse(parseJsonBody(body))
  // Slack tells of its own limits and of more to come in other envelopes.
  if (!envelope.success) return { kind: 'ignored' }
  if (envelope.data.type === 'url_verification') {
    return { kind: 'challenge', answer: { challenge: envelope.data.challenge } }
  }
  const { event, event_id: eventId, event_time: eventTime, team_id: teamId } = envelope.data
  // What a bot wrote may be our own: an agent that answers messages would answer itself for ever.
  if (event['bot_id'] !== undefined || event.subtype === 'bot_message') return { kind: 'ignored' }
  return {
    kind: 'event',
    id: eventId,
    type: event.subtype === undefined ? event.type : `${event.type}.${event.subtype}`,
    occurredAt: new Date(eventTime * 1000),
    data: { ...event, team: teamId },
  }
}

function parseForm(headers: InboundRequest['headers'], body: Uint8Array): InboundMessage {
  const fields = Object.fromEntries(new URLSearchParams(new TextDecoder().decode(body)))
  // Buttons and dialogs come as a field of their own, and are nothing that an intent takes.
  if (fields['payload'] !== undefined) return { kind: 'ignored' }
  const command = Command.safeParse(fields)
  if (!command.success) throw inboundUnreadable('it is no slash command')
  const { command: name, trigger_id: triggerId, text, user_id: user, channel_id: channel, team_id: team } = command.data
  if (!isStorableText(name)) throw inboundUnreadable('the name of the command cannot be kept')
  const seconds = Number(headers['x-slack-request-timestamp'])
  const data = { command: name, text, user, channel, team }
  return { kind: 'event', id: triggerId, type: 'command', occurredAt: new Date(seconds * 1000), data }
}
