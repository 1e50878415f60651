import { WebhookMessage } from '@neonhub/contract'
import { type Command, InvalidArgumentError, Option } from 'commander'
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

/** What tells other programs of events. */
export function addWebhookCommands(program: Command, clients: Clients): void {
  const webhooks = program.command('webhooks').description('signed events, to other programs and from them')
  addEndpointCommands(webhooks, clients)
  addMessageCommands(webhooks, clients)
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
