import { type Command, InvalidArgumentError } from 'commander'
import {
  checkEndpoint,
  listModels,
  type PriceFlags,
  removeEndpoint,
  removePrice,
  resumeProvider,
  setEndpoint,
  setFallbacks,
  setPrice,
} from '../commands/models.ts'
import type { Clients } from './clients.ts'

function parseAmount(text: string): number {
  const amount = Number(text)
  if (text.trim() !== '' && Number.isFinite(amount) && amount >= 0) return amount
  throw new InvalidArgumentError('It must be an amount, such as 2.5.')
}

/** Accounts at providers of models that an organization pays itself, and what their models cost it. */
export function addModelCommands(program: Command, { withClient }: Pick<Clients, 'withClient'>): void {
  const models = program
    .command('models')
    .description('which accounts at providers are asked, and prices of your own')
    .action(() => withClient((client, terminal) => listModels(client, terminal)))
  models
    .command('set')
    .description('use an account of your own at a provider, set whole: a default model that is left out is none')
    .argument('<provider>', 'openai, anthropic, google, or compatible: a server that speaks OpenAI’s dialect')
    .option('--key-file <file>', 'holds the key alone; - reads it from standard input')
    .option('--base-url <url>', 'another address than the provider’s own')
    .option('--default-model <model>', 'asked where nobody names one')
    .action((provider: string, flags: { keyFile?: string; baseUrl?: string; defaultModel?: string }) =>
      withClient((client, terminal) => setEndpoint(client, terminal, { provider, ...flags })),
    )
  models
    .command('remove')
    .description('forget the account and its key; the installation’s is asked again')
    .argument('<provider>')
    .action((provider: string) => withClient((client, terminal) => removeEndpoint(client, terminal, provider)))
  models
    .command('check')
    .description('ask it for one word; the call is on record, and costs what it costs')
    .argument('<provider>')
    .option('--model <model>')
    .action((provider: string, { model }: { model?: string }) =>
      withClient((client, terminal) => checkEndpoint(client, terminal, { provider, model })),
    )
  models
    .command('fallback')
    .description('which models are asked, in this order, where the one of a call cannot be and its agent names none')
    .argument('<provider:model...>', 'at most three; none for none')
    .action((refs: string[]) => withClient((client, terminal) => setFallbacks(client, terminal, refs)))
  models
    .command('resume')
    .description('ask a provider again whose calls go to the fallback because the last ones failed')
    .argument('<provider>')
    .action((provider: string) => withClient((client, terminal) => resumeProvider(client, terminal, provider)))
  const price = models.command('price').description('what a model costs you, where that is not the list price')
  price
    .command('set')
    .description('in units of the currency for a million tokens')
    .argument('<provider:model>')
    .requiredOption('--input <amount>', '', parseAmount)
    .requiredOption('--output <amount>', 'reasoning is billed so as well', parseAmount)
    .option('--cache-read <amount>', 'as input where absent', parseAmount)
    .option('--cache-write <amount>', 'as input where absent', parseAmount)
    .option('--from <day>', 'YYYY-MM-DD, UTC; today where absent')
    .option('--currency <code>', 'ISO 4217', 'USD')
    .action((model: string, flags: PriceFlags) =>
      withClient((client, terminal) => setPrice(client, terminal, { model, ...flags })),
    )
  price
    .command('remove')
    .description('let the list price hold again')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => removePrice(client, terminal, id)))
}
