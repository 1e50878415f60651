import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import type { InboundRequest } from '../../../src/connectors/spec.ts'
import type { Random } from '../random.ts'

/** The senders: one that signs by Standard Webhooks, and Slack. */
export type Sender = 'webhook' | 'slack'

/** One thing that happened at a sender: a version of a subject. */
export interface SentEvent {
  readonly sender: Sender
  readonly id: string
  readonly subject: string
  readonly version: number
  readonly happenedAt: Date
}

const daysMs = 86_400_000

/** Events in the order in which they happened, over the last three days; versions of a subject follow each other. */
export function makeEvents(random: Random, count: number): readonly SentEvent[] {
  const subjects = Math.max(2, Math.floor(count / 5))
  const versions = new Map<string, number>()
  const begin = Math.floor((Date.now() - 3 * daysMs) / 1000) * 1000
  return Array.from({ length: count }, (_, index) => {
    const sender: Sender = index % 2 === 0 ? 'webhook' : 'slack'
    const subject = `${sender}-${random.below(subjects)}`
    const version = (versions.get(subject) ?? 0) + 1
    versions.set(subject, version)
    const happenedAt = new Date(begin + Math.floor((index * 3 * daysMs) / count / 1000) * 1000)
    return { sender, id: `event-${index}`, subject, version, happenedAt }
  })
}

/** How a request is signed: by which secrets, and when. */
export interface Signing {
  readonly secrets: readonly string[]
  readonly at: Date
}

/** The request of an event, made here by the libraries and the words of the standards, not by NeonHub. */
export function requestOf(event: SentEvent, { secrets, at }: Signing): InboundRequest {
  const { id, subject, version, happenedAt } = event
  const seconds = String(Math.floor(at.getTime() / 1000))
  if (event.sender === 'webhook') {
    const data = { subject, version, event: id }
    const body = JSON.stringify({ type: 'subject.changed', timestamp: happenedAt.toISOString(), data })
    const signature = secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' ')
    const headers = { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signature }
    return { headers, body: new TextEncoder().encode(body) }
  }
  const body = JSON.stringify({
    type: 'event_callback',
    event_id: id,
    event_time: happenedAt.getTime() / 1000,
    event: { type: 'message', subject, version, event: id },
  })
  // Slack signs once, with the secret of the moment.
  const signature = createHmac('sha256', secrets[0] ?? '')
    .update(`v0:${seconds}:${body}`)
    .digest('hex')
  const headers = {
    'content-type': 'application/json',
    'x-slack-request-timestamp': seconds,
    'x-slack-signature': `v0=${signature}`,
  }
  return { headers, body: new TextEncoder().encode(body) }
}

/** Requests with this event's id that are none of its sender's. */
export function forgeriesOf(event: SentEvent, genuine: InboundRequest, foreign: string): readonly InboundRequest[] {
  const text = new TextDecoder().decode(genuine.body)
  const altered = new TextEncoder().encode(
    text.replace(`"version":${event.version}`, `"version":${event.version + 100}`),
  )
  const unsigned = Object.fromEntries(Object.entries(genuine.headers).filter(([name]) => !name.endsWith('-signature')))
  const now = String(Math.floor(Date.now() / 1000) + 7)
  return [
    requestOf({ ...event, version: event.version + 100 }, { secrets: [foreign], at: new Date() }),
    { ...genuine, body: altered },
    { ...genuine, headers: unsigned },
    { ...genuine, headers: { ...genuine.headers, 'webhook-timestamp': now, 'x-slack-request-timestamp': now } },
    requestOf({ ...event, id: `forged-${event.id}` }, { secrets: [foreign], at: new Date() }),
  ]
}
