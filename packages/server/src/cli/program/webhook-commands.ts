import { WebhookDelivery, WebhookMessage } from '@neonhub/contract'
import { type Command, InvalidArgumentError, Option } from 'commander'
import {
  listDeliveries,
  listTriggers,
  removeTrigger,
  retryDelivery,
  setTrigger,
  showDelivery,
  showInbound,
} from '../commands/triggers.ts'
import {
  addEndpoint,
  disableEndpoint,
  enableEndpoint,
  listEndpoints,
  listMessages,
  redeliver,
  removeEndpoint,
  rotateSecret,
  showAttempts,
  testEndpoint,
} from '../commands/webhooks.ts'
import type { Clients } from './clients.ts'

function parseHours(text: string): number {
  const hours = Number(text)
  if (text.trim() !== '' && hours >= 0 && hours <= 168) return hours
  throw new InvalidArgumentError('It must be a number of hours, a week at most.')
}

function parseLimit(text: string): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit > 0 && limit <= 100) return limit
  throw new InvalidArgumentError('It must be a whole number from 1 to 100.')
}

/** What tells other programs of events, and what takes theirs. */
export function addWebhookCommands(program: Command, clients: Clients): void {
  const webhooks = program.command('webhooks').description('signed events, to other programs and from them')
  addEndpointCommands(webhooks, clients)
  addMessageCommands(webhooks, clients)
  addInboundCommands(webhooks, clients)
  addTriggerCommands(webhooks, clients)
}

function addEndpointCommands(webhooks: Command, { withClient, withWorker }: Clients): void {
  const endpoints = webhooks
    .command('endpoints')
    .description('where the organization is told of what happens')
    .action(() => withClient((client, terminal) => listEndpoints(client, terminal)))
  endpoints
    .command('list')
    .description('every endpoint, and how it does')
    .action(() => withClient((client, terminal) => listEndpoints(client, terminal)))
  endpoints
    .command('add')
    .description('tell an address of events; its secret is shown this once')
    .argument('<url>', 'https://…')
    .option('--events <type...>', 'such as run.failed, approval.* or *', ['*'])
    .option('--description <text>', 'what it is for', '')
    .action((url: string, options: { events: string[]; description: string }) =>
      withClient((client, terminal) => addEndpoint(client, terminal, { url, ...options })),
    )
  endpoints
    .command('rotate')
    .description('make a new secret; both sign for a while')
    .argument('<id>')
    .option('--overlap <hours>', 'how long the one before signs beside it', parseHours, 24)
    .action((id: string, { overlap }: { overlap: number }) =>
      withClient((client, terminal) => rotateSecret(client, terminal, { id, overlapHours: overlap })),
    )
  endpoints
    .command('disable')
    .description('send nothing there; what waits is kept')
    .argument('<id>')
    .option('--reason <text>', 'why')
    .action((id: string, { reason }: { reason?: string }) =>
      withClient((client, terminal) => disableEndpoint(client, terminal, { id, reason })),
    )
  endpoints
    .command('enable')
    .description('go on sending there, with what waits')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => enableEndpoint(client, terminal, id)))
  endpoints
    .command('test')
    .description('send the event webhook.test, and show the answer')
    .argument('<id>')
    .action((id: string) => withWorker((client, terminal) => testEndpoint(client, terminal, id)))
  endpoints
    .command('remove')
    .description('forget it, with its messages')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => removeEndpoint(client, terminal, id)))
}

function addMessageCommands(webhooks: Command, { withClient }: Clients): void {
  webhooks
    .command('messages')
    .description('what endpoints were told, or are to be told, newest first')
    .option('--endpoint <id>', 'only of this one')
    .addOption(new Option('--status <status>', 'only those').choices(WebhookMessage.shape.status.options))
    .option('--limit <number>', 'how many', parseLimit, 20)
    .action((options: { endpoint?: string; status?: string; limit: number }) =>
      withClient((client, terminal) => listMessages(client, terminal, options)),
    )
  webhooks
    .command('attempts')
    .description('a message: what is sent, and what came of each attempt')
    .argument('<message>', 'its id')
    .action((id: string) => withClient((client, terminal) => showAttempts(client, terminal, id)))
  webhooks
    .command('redeliver')
    .description('send a message again, under the same id')
    .argument('<message>', 'its id')
    .action((id: string) => withClient((client, terminal) => redeliver(client, terminal, id)))
}

function addInboundCommands(webhooks: Command, { withClient }: Clients): void {
  webhooks
    .command('inbound')
    .description('the address at which events of a connection come in')
    .argument('<connection>', 'its name or id')
    .action((name: string) => withClient((client, terminal) => showInbound(client, terminal, name)))
  const deliveries = webhooks.command('deliveries').description('events that came in')
  deliveries
    .command('list', { isDefault: true })
    .description('the newest arrivals first')
    .option('--connection <name>', 'only of this one')
    .addOption(new Option('--status <status>', 'only those').choices(WebhookDelivery.shape.status.options))
    .option('--limit <number>', 'how many', parseLimit, 20)
    .action((options: { connection?: string; status?: string; limit: number }) =>
      withClient((client, terminal) => listDeliveries(client, terminal, options)),
    )
  deliveries
    .command('show')
    .description('what an event says, and the runs that it started')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => showDelivery(client, terminal, id)))
  deliveries
    .command('retry')
    .description('work an event again that failed or was ignored; no run is started twice')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => retryDelivery(client, terminal, id)))
}

function addTriggerCommands(webhooks: Command, { withClient }: Clients): void {
  const triggers = webhooks.command('triggers').description('which events start which runs')
  triggers
    .command('list', { isDefault: true })
    .description('every trigger')
    .action(() => withClient((client, terminal) => listTriggers(client, terminal)))
  triggers
    .command('add')
    .description('let events start runs')
    .requiredOption('--file <file>', 'YAML or JSON; - reads standard input')
    .action(({ file }: { file: string }) => withClient((client, terminal) => setTrigger(client, terminal, { file })))
  triggers
    .command('update')
    .description('set a trigger anew, whole')
    .argument('<id>')
    .requiredOption('--file <file>', 'YAML or JSON; - reads standard input')
    .action((id: string, { file }: { file: string }) =>
      withClient((client, terminal) => setTrigger(client, terminal, { file, id })),
    )
  triggers
    .command('remove')
    .description('forget it; the runs that it started stay')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => removeTrigger(client, terminal, id)))
}
