import { type Budget, BudgetLimit, BudgetPeriod, type BudgetScope, type BudgetWindow, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { compact } from '../../base/compact.ts'
import { NeonHubError } from '../../base/errors.ts'
import { formatAmount } from '../../base/format-amount.ts'
import type { ApiClient } from '../client.ts'
import { parseId } from '../parse-id.ts'
import { formatTable } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'

/** The budgets in force, with what is left of each. */
export async function listBudgets(client: ApiClient, terminal: Terminal): Promise<void> {
  const { budgets } = await client.call(routes.listBudgets)
  if (terminal.isJson) return terminal.print(JSON.stringify(budgets))
  if (budgets.length === 0) {
    return terminal.print(
      'Nothing is limited by a budget. To set one: neonhub budgets set mail-a-day --limits sends --period daily --amount 500',
    )
  }
  terminal.print(formatTable([['NAME', 'FOR', 'LIMITS', 'AMOUNT', 'SPENT', 'HELD', 'LEFT'], ...budgets.map(toRow)]))
}

const currentWindow = ({ windows, scope }: Budget) =>
  scope === 'run' ? undefined : (windows.find(({ sandbox }) => !sandbox) ?? windows[0])

function toRow(budget: Budget): readonly string[] {
  const { name, limits, period, amount, currency } = budget
  const window = currentWindow(budget)
  const each = period === 'total' ? '' : ` ${period}`
  const state = window
    ? [window.spent, window.reserved, leftOf(window)].map((value) => formatAmount(value, currency))
    : ['-', '-', '-']
  return [name, subjectOf(budget), limits, `${formatAmount(amount, currency)}${each}`, ...state]
}

const leftOf = ({ amount, spent, reserved }: BudgetWindow) => amount - spent - reserved

function subjectOf({ scope, brand, campaignId, agent }: Budget): string {
  if (scope === 'organization') return 'everything'
  if (scope === 'run') return 'each run'
  return `${scope} ${brand ?? campaignId ?? agent ?? ''}`
}

/** A budget by its name, or by its id. */
async function findBudget(client: ApiClient, nameOrId: string): Promise<Budget> {
  const { budgets } = await client.call(routes.listBudgets)
  const budget = budgets.find(({ id, name }) => id === nameOrId || name === nameOrId)
  if (budget) return budget
  throw new NeonHubError('cli.budget_unknown', `There is no budget "${nameOrId}"`, {
    kind: 'not_found',
    hint: budgets.length === 0 ? 'None is set.' : `There are ${budgets.map(({ name }) => name).join(', ')}.`,
  })
}

/** One budget with its open windows. */
export async function showBudget(client: ApiClient, terminal: Terminal, nameOrId: string): Promise<void> {
  printBudget(terminal, await findBudget(client, nameOrId))
}

function printBudget(terminal: Terminal, budget: Budget): void {
  if (terminal.isJson) return terminal.print(JSON.stringify(budget))
  const { name, limits, period, amount, currency, windows, allowsUnpriced, actor, createdAt } = budget
  const lines = [
    `${pc.bold(name)}  ${formatAmount(amount, currency)} ${period} of ${limits} for ${subjectOf(budget)}`,
    pc.dim(`set by ${actor}, since ${createdAt}`),
    ...(allowsUnpriced ? [pc.yellow('Calls whose price is not known go, and count nothing.')] : []),
    ...(windows.length === 0 ? ['Nothing has been asked of it yet.'] : []),
  ]
  terminal.print(lines.join('\n'))
  if (windows.length === 0) return
  const rows = windows.map((window) => [
    window.runId ?? (window.startsAt === undefined ? 'all time' : `${window.startsAt} – ${window.endsAt ?? ''}`),
    window.sandbox ? 'sandbox' : '',
    ...[window.amount, window.spent, window.reserved, leftOf(window)].map((value) => formatAmount(value, currency)),
    window.id,
  ])
  terminal.print(formatTable([['WINDOW', '', 'AMOUNT', 'SPENT', 'HELD', 'LEFT', 'ID'], ...rows]))
}

/** What `budgets set` takes. */
export interface BudgetFlags {
  readonly limits: string
  readonly period: string
  readonly amount: number
  readonly currency?: string
  readonly brand?: string
  readonly campaign?: string
  readonly agent?: string
  readonly eachRun?: boolean
  readonly allowUnpriced?: boolean
}

function oneOf<Option extends string>(options: readonly Option[], flag: string, text: string): Option {
  const option = options.find((one) => one === text.replaceAll('-', '_'))
  if (option !== undefined) return option
  throw new NeonHubError('cli.budget_invalid', `--${flag} is "${text}"`, {
    kind: 'invalid',
    hint: `Give one of ${options.join(', ')}.`,
  })
}

function scopeOf({ brand, campaign, agent, eachRun }: BudgetFlags): BudgetScope {
  const named: readonly (readonly [BudgetScope, unknown])[] = [
    ['brand', brand],
    ['campaign', campaign],
    ['agent', agent],
    ['run', eachRun],
  ]
  const scopes = named.filter(([, value]) => value !== undefined).map(([scope]) => scope)
  if (scopes.length > 1) {
    throw new NeonHubError('cli.budget_invalid', `A budget is for one thing, and this names ${scopes.join(' and ')}`, {
      kind: 'invalid',
      hint: 'Set a budget for each; a call needs room in all that it falls under.',
    })
  }
  return scopes[0] ?? 'organization'
}

/** Sets a budget by its name. Money is given in whole units of the currency. */
export async function setBudget(
  client: ApiClient,
  terminal: Terminal,
  { name, ...flags }: BudgetFlags & { readonly name: string },
): Promise<void> {
  const limits = oneOf(BudgetLimit.options, 'limits', flags.limits)
  const isMoney = limits !== 'sends'
  const { brand, campaign, agent } = flags
  const budget = await client.call(routes.setBudget, {
    body: {
      name,
      scope: scopeOf(flags),
      limits,
      period: oneOf(BudgetPeriod.options, 'period', flags.period),
      amount: isMoney ? toMicros(flags.amount) : flags.amount,
      allowsUnpriced: flags.allowUnpriced ?? false,
      ...compact({
        brand,
        agent,
        campaignId: campaign === undefined ? undefined : parseId(campaign),
        currency: isMoney ? (flags.currency ?? 'USD') : flags.currency,
      }),
    },
  })
  printBudget(terminal, budget)
}

const toMicros = (units: number) => Math.round(units * 1_000_000)

/** Gives a budget's open window more, or less, for this once. */
export async function adjustBudget(
  client: ApiClient,
  terminal: Terminal,
  { nameOrId, by, note, window }: { nameOrId: string; by: number; note?: string; window?: string },
): Promise<void> {
  const { id, currency } = await findBudget(client, nameOrId)
  const body = {
    by: currency === undefined ? by : toMicros(by),
    ...compact({ note, windowId: window === undefined ? undefined : parseId(window) }),
  }
  printBudget(terminal, await client.call(routes.adjustBudget, { params: { id }, body }))
}

/** Ends a budget. */
export async function endBudget(client: ApiClient, terminal: Terminal, nameOrId: string): Promise<void> {
  const { id } = await findBudget(client, nameOrId)
  const budget = await client.call(routes.endBudget, { params: { id } })
  terminal.print(terminal.isJson ? JSON.stringify(budget) : `${budget.name} limits nothing any more.`)
}

/** The newest movements of a budget. */
export async function showLedger(
  client: ApiClient,
  terminal: Terminal,
  { nameOrId, limit }: { nameOrId: string; limit: number },
): Promise<void> {
  const { id, currency } = await findBudget(client, nameOrId)
  const { entries } = await client.call(routes.listBudgetEntries, { params: { id }, query: { limit } })
  if (terminal.isJson) return terminal.print(JSON.stringify(entries))
  if (entries.length === 0) return terminal.print('Nothing has been asked of it yet.')
  const rows = entries.map((entry) => [
    entry.createdAt,
    entry.type,
    formatAmount(entry.amount, currency),
    formatAmount(entry.spent, currency),
    formatAmount(entry.reserved, currency),
    formatAmount(entry.allocated, currency),
    entry.actor === undefined ? (entry.runId ?? '') : `${entry.actor}${entry.note === '' ? '' : `: ${entry.note}`}`,
  ])
  terminal.print(formatTable([['AT', 'WHAT', 'HOW MUCH', 'SPENT', 'HELD', 'OF', 'BY'], ...rows]))
}
