import { routes, type WebhookEndpoint, type WebhookMessage } from '@neonhub/contract'
import pc from 'picocolors'
import type { ApiClient } from '../client.ts'
import { parseId } from '../parse-id.ts'
import { formatDuration, formatStatus, formatTable, plainText } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'

export async function listEndpoints(client: ApiClient, terminal: Terminal): Promise<void> {
  const { endpoints } = await client.call(routes.listWebhookEndpoints)
  if (terminal.isJson) return terminal.print(JSON.stringify(endpoints))
  if (endpoints.length === 0)
    return terminal.print('Nobody is told of events. Add an endpoint: neonhub webhooks endpoints add https://…')
  const rows = endpoints.map((one) => [
    one.id,
    formatStatus(one.status),
    one.eventTypes.join(' '),
    String(one.pending),
    one.url,
    one.disabledReason ?? one.description,
  ])
  terminal.print(formatTable([['ID', 'STATUS', 'EVENTS', 'PENDING', 'URL', ''], ...rows]))
}

const secretNote = pc.dim(
  'Keep it: it is shown this once. Receivers check webhook-signature with it (standardwebhooks.com).',
)

/** Adds an endpoint and prints its secret once. */
export async function addEndpoint(
  client: ApiClient,
  terminal: Terminal,
  {
    url,
    events,
    description,
  }: { readonly url: string; readonly events: readonly string[]; readonly description: string },
): Promise<void> {
  const made = await client.call(routes.createWebhookEndpoint, { body: { url, eventTypes: [...events], description } })
  if (terminal.isJson) return terminal.print(JSON.stringify(made))
  terminal.print(`${made.endpoint.url} is told of ${made.endpoint.eventTypes.join(', ')}, id ${made.endpoint.id}`)
  terminal.print(`${made.secret}\n${secretNote}`)
}

/** Makes a new secret and prints it once; the one before signs beside it for `overlapHours`. */
export async function rotateSecret(
  client: ApiClient,
  terminal: Terminal,
  { id, overlapHours }: { readonly id: string; readonly overlapHours: number },
): Promise<void> {
  const made = await client.call(routes.rotateWebhookSecret, { params: { id: parseId(id) }, body: { overlapHours } })
  if (terminal.isJson) return terminal.print(JSON.stringify(made))
  const until = made.endpoint.earlierSecretUntil
  terminal.print(`${made.secret}\n${secretNote}`)
  terminal.print(
    until === undefined ? 'The one before signs no more.' : `The one before signs beside it until ${until}.`,
  )
}

const tellEndpoint = (terminal: Terminal, endpoint: WebhookEndpoint, text: string) =>
  terminal.print(terminal.isJson ? JSON.stringify(endpoint) : text)

export async function disableEndpoint(
  client: ApiClient,
  terminal: Terminal,
  { id, reason }: { readonly id: string; readonly reason: string | undefined },
): Promise<void> {
  const body = reason === undefined ? {} : { reason }
  const endpoint = await client.call(routes.disableWebhookEndpoint, { params: { id: parseId(id) }, body })
  tellEndpoint(terminal, endpoint, `${endpoint.url} is disabled: nothing is sent there, and what waits is kept.`)
}

export async function enableEndpoint(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const endpoint = await client.call(routes.enableWebhookEndpoint, { params: { id: parseId(id) } })
  const waiting = endpoint.pending === 0 ? '' : `, ${endpoint.pending} messages that waited first`
  tellEndpoint(terminal, endpoint, `${endpoint.url} is told of events again${waiting}.`)
}

export async function removeEndpoint(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const endpoint = await client.call(routes.deleteWebhookEndpoint, { params: { id: parseId(id) } })
  tellEndpoint(terminal, endpoint, `${endpoint.url} is removed, with its messages.`)
}

const testPollMs = 300
const testPatienceMs = 20_000

/** Sends the test event and waits for what comes of its first attempt. False where that failed. */
export async function testEndpoint(client: ApiClient, terminal: Terminal, id: string): Promise<boolean> {
  const { id: messageId } = await client.call(routes.testWebhookEndpoint, { params: { id: parseId(id) } })
  const until = performance.now() + testPatienceMs
  for (;;) {
    const message = await client.call(routes.getWebhookMessage, { params: { id: messageId } })
    const [attempt] = message.history
    const isOver = attempt?.durationMs !== undefined
    if (isOver || performance.now() > until) {
      terminal.print(terminal.isJson ? JSON.stringify(message) : `${messageId}  ${describeAttempt(attempt)}`)
      return message.status === 'delivered'
    }
    terminal.status('Waiting for the answer')
    await new Promise((resolve) => setTimeout(resolve, testPollMs))
    terminal.endStatus()
  }
}

type Attempt = Awaited<ReturnType<typeof readMessage>>['history'][number]

const readMessage = (client: ApiClient, id: string) =>
  client.call(routes.getWebhookMessage, { params: { id: parseId(id) } })

function describeAttempt(attempt: Attempt | undefined): string {
  if (!attempt) return pc.yellow('is not sent yet: does a server or worker run?')
  if (attempt.durationMs === undefined) return pc.yellow('is under way, or its process died')
  const took = formatDuration(attempt.durationMs)
  if (attempt.error === undefined) return pc.green(`${attempt.statusCode ?? ''} in ${took}`)
  return pc.red(`${plainText(attempt.error)} after ${took}`)
}

export async function listMessages(
  client: ApiClient,
  terminal: Terminal,
  { endpoint, status, limit }: { readonly endpoint?: string; readonly status?: string; readonly limit: number },
): Promise<void> {
  const query = { limit, status, endpoint: endpoint === undefined ? undefined : parseId(endpoint) }
  const { messages } = await client.call(routes.listWebhookMessages, { query })
  if (terminal.isJson) return terminal.print(JSON.stringify(messages))
  if (messages.length === 0) return terminal.print('There is no message.')
  terminal.print(formatTable([['ID', 'EVENT', 'STATUS', 'ATTEMPTS', 'AT', 'NEXT'], ...messages.map(messageRow)]))
}

const messageRow = ({ id, eventType, status, attempts, createdAt, nextAt }: WebhookMessage) => [
  id,
  eventType,
  formatStatus(status),
  String(attempts),
  createdAt,
  nextAt ?? '',
]

/** A message with what is sent and every attempt. */
export async function showAttempts(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const message = await readMessage(client, id)
  if (terminal.isJson) return terminal.print(JSON.stringify(message))
  terminal.print(`${pc.bold(message.eventType)}  ${formatStatus(message.status)}  ${message.createdAt}`)
  terminal.print(JSON.stringify(message.body, null, 2))
  const rows = message.history.map((attempt) => [
    String(attempt.number),
    attempt.startedAt,
    describeAttempt(attempt),
    pc.dim(
      plainText(attempt.answer ?? '')
        .replaceAll(/\s+/g, ' ')
        .slice(0, 100),
    ),
  ])
  if (rows.length > 0) terminal.print(formatTable([['ATTEMPT', 'AT', 'OUTCOME', 'ANSWER'], ...rows]))
  if (message.nextAt !== undefined) terminal.print(`It is tried next at ${message.nextAt}.`)
}

export async function redeliver(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const message = await client.call(routes.redeliverWebhookMessage, { params: { id: parseId(id) } })
  terminal.print(terminal.isJson ? JSON.stringify(message) : `${message.id} is sent again, under the same id.`)
}
