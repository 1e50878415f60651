import { routes, SetTrigger, type Trigger, type WebhookDelivery } from '@neonhub/contract'
import pc from 'picocolors'
import { NeonHubError } from '../../base/errors.ts'
import { parseOrThrow } from '../../base/parse.ts'
import type { ApiClient } from '../client.ts'
import { parseId } from '../parse-id.ts'
import { formatStatus, formatTable, plainText } from '../print/format.ts'
import { readYamlFile } from '../read-yaml-file.ts'
import type { Terminal } from '../terminal.ts'

/** The connection of this name or id. Throws `cli.connection_unknown`. */
async function findConnection(client: ApiClient, nameOrId: string) {
  const { connections } = await client.call(routes.listConnections)
  const found = connections.find(({ id, name }) => id === nameOrId || name.toLowerCase() === nameOrId.toLowerCase())
  if (found) return found
  throw new NeonHubError('cli.connection_unknown', `There is no connection named "${nameOrId}"`, {
    kind: 'not_found',
    hint: 'neonhub connections lists them.',
  })
}

/** Prints the address to enter at the provider. */
export async function showInbound(client: ApiClient, terminal: Terminal, connection: string): Promise<void> {
  const { id } = await findConnection(client, connection)
  const inbound = await client.call(routes.getInboundAddress, { params: { id } })
  if (terminal.isJson) return terminal.print(JSON.stringify(inbound))
  terminal.print(inbound.url)
  terminal.print(
    inbound.sandboxSecret === undefined
      ? pc.dim('Enter it at the provider, and its signing secret in credentials.signingSecrets of the connection.')
      : `${inbound.sandboxSecret}\n${pc.dim('A sandbox: sign requests with this secret to try it out.')}`,
  )
}

export async function listDeliveries(
  client: ApiClient,
  terminal: Terminal,
  { connection, status, limit }: { readonly connection?: string; readonly status?: string; readonly limit: number },
): Promise<void> {
  const id = connection === undefined ? undefined : (await findConnection(client, connection)).id
  const { deliveries } = await client.call(routes.listWebhookDeliveries, { query: { limit, status, connection: id } })
  if (terminal.isJson) return terminal.print(JSON.stringify(deliveries))
  if (deliveries.length === 0) {
    return terminal.print('No event came in. The address for a provider: neonhub webhooks inbound CONNECTION')
  }
  terminal.print(formatTable([['ID', 'CONNECTION', 'EVENT', 'STATUS', 'HAPPENED', 'CAME'], ...deliveries.map(row)]))
}

const row = ({ id, connection, eventType, status, occurredAt, createdAt }: WebhookDelivery) => [
  id,
  connection,
  plainText(eventType),
  formatStatus(status),
  occurredAt,
  createdAt,
]

/** An event with what it says, and the runs that it started. */
export async function showDelivery(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const delivery = await client.call(routes.getWebhookDelivery, { params: { id: parseId(id) } })
  if (terminal.isJson) return terminal.print(JSON.stringify(delivery))
  const { eventType, eventId, status, occurredAt, error, data, firings } = delivery
  terminal.print(`${pc.bold(plainText(eventType))}  ${formatStatus(status)}  ${plainText(eventId)}  ${occurredAt}`)
  terminal.print(plainText(JSON.stringify(data, null, 2)))
  if (error) terminal.print(pc.red(error.message))
  for (const firing of firings) {
    const outcome = firing.runId === undefined ? formatStatus(firing.status) : `run ${firing.runId}`
    const reason = firing.error ? `  ${pc.red(plainText(firing.error.message))}` : ''
    terminal.print(`${firing.trigger}: ${firing.agent} ${firing.intent}  ${outcome}${reason}`)
  }
}

export async function retryDelivery(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const delivery = await client.call(routes.retryWebhookDelivery, { params: { id: parseId(id) } })
  terminal.print(terminal.isJson ? JSON.stringify(delivery) : `${delivery.id} is worked again.`)
}

export async function listTriggers(client: ApiClient, terminal: Terminal): Promise<void> {
  const { triggers } = await client.call(routes.listTriggers)
  if (terminal.isJson) return terminal.print(JSON.stringify(triggers))
  if (triggers.length === 0)
    return terminal.print('No event starts a run. Add a trigger: neonhub webhooks triggers add --file FILE')
  const rows = triggers.map((trigger) => [
    trigger.id,
    trigger.name,
    formatStatus(trigger.isEnabled ? 'enabled' : 'disabled'),
    `${trigger.connection} ${trigger.eventTypes.join(' ')}`,
    `${trigger.agent} ${trigger.intent}${trigger.brand === undefined ? '' : ` for ${trigger.brand}`}`,
  ])
  terminal.print(formatTable([['ID', 'NAME', 'STATUS', 'EVENTS', 'STARTS'], ...rows]))
}

const fileHint =
  'Give YAML or JSON with name, connection, eventTypes, agent, intent and input; the readme has an example.'

/** Adds a trigger from a file, or sets the one of `id` anew. The file names the connection by name or id. */
export async function setTrigger(
  client: ApiClient,
  terminal: Terminal,
  { file, id }: { readonly file: string; readonly id?: string },
): Promise<void> {
  const value = await readYamlFile(file, { hint: fileHint })
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new NeonHubError('cli.trigger_unreadable', `${file} holds no trigger`, { kind: 'invalid', hint: fileHint })
  }
  const { connection, ...rest }: Record<string, unknown> = { ...value }
  const connectionId = typeof connection === 'string' ? (await findConnection(client, connection)).id : undefined
  const options = { code: 'cli.trigger_unreadable', what: `The trigger in ${file}`, hint: fileHint }
  const body = parseOrThrow(SetTrigger, { ...rest, ...(connectionId ? { connectionId } : {}) }, options)
  const trigger = await (id === undefined
    ? client.call(routes.createTrigger, { body })
    : client.call(routes.updateTrigger, { params: { id: parseId(id) }, body }))
  tell(
    terminal,
    trigger,
    `${trigger.name} is set: ${trigger.eventTypes.join(', ')} of ${trigger.connection} start ${trigger.agent} ${trigger.intent}`,
  )
}

export async function removeTrigger(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const trigger = await client.call(routes.deleteTrigger, { params: { id: parseId(id) } })
  tell(terminal, trigger, `${trigger.name} is removed; the runs that it started stay.`)
}

const tell = (terminal: Terminal, trigger: Trigger, text: string) =>
  terminal.print(terminal.isJson ? JSON.stringify(trigger) : text)
