import type { Command } from 'commander'
import {
  adjustBudget,
  type BudgetFlags,
  endBudget,
  listBudgets,
  setBudget,
  showBudget,
  showLedger,
} from '../commands/budgets.ts'
import type { Clients } from './clients.ts'
import { parseAmount } from './parse-amount.ts'

/** What an organization lets be spent. */
export function addBudgetCommands(program: Command, { withClient }: Pick<Clients, 'withClient'>): void {
  const budgets = program.command('budgets').description('what may be spent, and what is spent and held')
  budgets
    .command('list', { isDefault: true })
    .description('the budgets in force')
    .action(() => withClient((client, terminal) => listBudgets(client, terminal)))
  budgets
    .command('show')
    .description('one with its open windows')
    .argument('<name>')
    .action((name: string) => withClient((client, terminal) => showBudget(client, terminal, name)))
  budgets
    .command('set')
    .description(
      'limit something, or change the amount; it is for everything unless a brand, campaign, agent or run is named',
    )
    .argument('<name>', 'of your choice, such as mail-a-day')
    .requiredOption('--limits <what>', 'llm-cost, sends (messages, one for each recipient), tool-cost or ad-spend')
    .requiredOption('--period <period>', 'daily, monthly (in the organization’s time zone) or total')
    .requiredOption('--amount <amount>', 'in units of the currency, or messages', parseAmount)
    .option('--currency <code>', 'ISO 4217; USD where absent')
    .option('--brand <slug>')
    .option('--campaign <id>')
    .option('--agent <agent>')
    .option('--each-run', 'each run, with its child runs, has the amount for itself')
    .option('--allow-unpriced', 'let calls go whose price is not known; they count nothing')
    .action((name: string, flags: BudgetFlags) =>
      withClient((client, terminal) => setBudget(client, terminal, { name, ...flags })),
    )
  budgets
    .command('adjust')
    .description('give the open window more, or less, for this once')
    .argument('<name>')
    .requiredOption('--by <amount>', 'such as 10, or =-10 to take away', parseAmount)
    .option('--note <text>')
    .option('--window <id>', 'where each run has its own')
    .action((nameOrId: string, flags: { by: number; note?: string; window?: string }) =>
      withClient((client, terminal) => adjustBudget(client, terminal, { nameOrId, ...flags })),
    )
  budgets
    .command('ledger')
    .description('every movement, newest first')
    .argument('<name>')
    .option('--limit <number>', '', parseAmount, 100)
    .action((nameOrId: string, { limit }: { limit: number }) =>
      withClient((client, terminal) => showLedger(client, terminal, { nameOrId, limit })),
    )
  budgets
    .command('end')
    .description('let it limit nothing any more')
    .argument('<name>')
    .action((name: string) => withClient((client, terminal) => endBudget(client, terminal, name)))
}
