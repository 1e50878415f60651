import { NeonHubError } from '../../base/errors.ts'
import type { BrandId, LlmCallId, RunId, ToolExecutionId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import { formatAmount } from '../../base/format-amount.ts'
import type { CallUse } from '../sql/insert-execution.ts'
import type { BudgetLimit, BudgetPeriod } from './spec.ts'

interface Asking {
  readonly callId: LlmCallId | ToolExecutionId
  readonly kind: 'llm_call' | 'tool_execution'
  readonly runId: RunId | undefined
  /** Whose budgets count it where no run makes it. */
  readonly worksFor?: WorksFor | undefined
  readonly isSandbox: boolean
}

/** An agent, and the brand that it works for, for whose sake a call is made outside of a run. */
export interface WorksFor {
  readonly agent: string
  readonly brandId: BrandId | undefined
}

/** What a call asks of the budgets of one kind that it falls under. */
export interface BudgetRequest extends Asking {
  readonly limits: BudgetLimit
  /** The most that it can use: micros, or messages. Undefined where its price is not known. */
  readonly amount: number | undefined
  readonly currency: string | undefined
}

/** What a call uses of one kind, of models too. */
type AnyUse = Omit<CallUse, 'limits'> & { readonly limits: BudgetLimit }

/** Why a call may not leave, and from when on it may ask again; undefined where time alone will not help. */
export interface BudgetRefusal {
  readonly error: NeonHubError
  readonly heldUntil: Date | undefined
}

/** What `reserve_budgets` returns of the budget that has no room. */
export interface RefusedRow {
  readonly reason: 'spent' | 'reserved' | 'too_large' | 'unpriced' | 'currency'
  readonly id: string
  readonly name: string
  readonly limits: BudgetLimit
  readonly period: BudgetPeriod
  readonly currency: string | null
  readonly amount: number
  readonly reserved: number
  readonly spent: number
  readonly asked: number | null
  readonly askedCurrency: string | null
  readonly endsAt: string | null
}

/** How soon a call asks again that only those in flight leave no room. */
const askAgainMs = 30_000

/**
 * Holds what a call can use, of every kind, of every budget that it falls under, or of none (`reserve_uses`). The windows
 * are locked in the order of their budgets, after everything else that the transaction locks. Undefined where it may leave.
 */
export async function reserveUses(tx: TenantTx, asking: Uses): Promise<BudgetRefusal | undefined> {
  const refused = await askBudgets(tx, asking)
  return refused && tellRefusal(tx, refused, asking)
}

/** What a budget would say if the call were to leave now. Nothing is held of it, and nobody is told. */
export async function findRefusal(tx: TenantTx, asking: Uses): Promise<BudgetRefusal | undefined> {
  await sql`savepoint budgets`.execute(tx)
  const refused = await askBudgets(tx, asking)
  await sql`rollback to savepoint budgets`.execute(tx)
  await sql`release savepoint budgets`.execute(tx)
  return refused && refusalOf(refused)
}

type Uses = Asking & { readonly uses: readonly AnyUse[] }

async function askBudgets(
  tx: TenantTx,
  { callId, kind, uses, runId, worksFor, isSandbox }: Uses,
): Promise<RefusedRow | undefined> {
  const { rows } = await sql<{ refused: RefusedRow | null }>`
    select reserve_uses(
      ${callId}, ${kind}, ${jsonb(uses)}, ${runId ?? null}::uuid, ${isSandbox}, ${worksFor?.agent ?? null}::text,
      ${worksFor?.brandId ?? null}::uuid
    ) as refused
  `.execute(tx)
  return rows[0]?.refused ?? undefined
}

/** Likewise for a call that uses one kind alone. */
export function reserveBudgets(
  tx: TenantTx,
  { limits, amount, currency, ...asking }: BudgetRequest,
): Promise<BudgetRefusal | undefined> {
  return reserveUses(tx, { ...asking, uses: [{ limits, amount: amount ?? null, currency: currency ?? null }] })
}

/** Says what a refusal of `reserve_uses` means to the call, and to the members where the budget is spent. */
export async function tellRefusal(
  tx: TenantTx,
  refused: RefusedRow,
  { isSandbox }: Pick<Asking, 'isSandbox'>,
): Promise<BudgetRefusal> {
  // It refuses before the last of it is spent, where the next call may need more than is left.
  if (refused.reason === 'spent' && !isSandbox)
    await sql`select tell_budget('budget_exhausted', ${refused.id}::uuid)`.execute(tx)
  return refusalOf(refused)
}

/**
 * Settles what a call holds: its cost is spent and the rest given back. An undefined cost spends all that it held: what
 * nobody knows is counted at its most.
 */
export async function settleBudgets(
  tx: TenantTx,
  callId: LlmCallId | ToolExecutionId,
  cost: number | undefined,
): Promise<void> {
  await sql`select settle_budgets(${callId}, ${cost ?? null}::bigint)`.execute(tx)
}

/** Settles what calls of the transaction's organization hold that can no longer be in flight. Returns how many. */
export async function sweepBudgets(tx: TenantTx): Promise<number> {
  const { rows } = await sql<{ swept: number }>`select sweep_budgets() as swept`.execute(tx)
  return rows[0]?.swept ?? 0
}

function refusalOf(refused: RefusedRow): BudgetRefusal {
  const { reason, name, endsAt, limits } = refused
  const refuse = (code: string, message: string, hint: string, heldUntil?: Date): BudgetRefusal => ({
    error: new NeonHubError(code, message, { kind: 'forbidden', hint }),
    heldUntil,
  })
  const raise = `Who may manage budgets can raise it: neonhub budgets show ${name}`
  switch (reason) {
    case 'unpriced':
      return refuse(
        'runtime.budget_price_unknown',
        `The budget ${name} ${unpricedWords[limits].message}`,
        `${unpricedWords[limits].hint}, or let such calls go: neonhub budgets set --allow-unpriced`,
      )
    case 'currency':
      return refuse(
        'runtime.budget_currency',
        `The budget ${name} is in ${refused.currency}, and this call is paid in ${refused.askedCurrency ?? 'none'}`,
        'Set a budget in the currency of the price instead.',
      )
    case 'too_large':
      return refuse(
        'runtime.budget_exhausted',
        `${stateOf(refused)}, and this call alone may use ${askedOf(refused)}`,
        raise,
      )
    case 'reserved':
      return refuse(
        'runtime.budget_reserved',
        `${stateOf(refused)}, and what other calls hold leaves no room for ${askedOf(refused)}`,
        raise,
        new Date(Date.now() + askAgainMs),
      )
    case 'spent':
      return refuse(
        'runtime.budget_exhausted',
        `${stateOf(refused)}, and this call may use ${askedOf(refused)}`,
        endsAt === null ? raise : `It goes on by itself at ${new Date(endsAt).toISOString()}. ${raise}`,
        endsAt === null ? undefined : new Date(endsAt),
      )
    default:
      return reason satisfies never
  }
}

const unpricedWords = {
  llm_cost: {
    message: 'limits what models cost, and the price of this one is not known',
    hint: 'Set its price (neonhub models), ask another model',
  },
  tool_cost: {
    message: 'limits what tools cost, and what this call costs is not known',
    hint: 'Set its price, 0 where it is free: neonhub connections configure ID ACTION --price 0.07 --currency EUR',
  },
  ad_spend: {
    message: 'limits what is spent on ads, and how much this call may spend is not known',
    hint: 'Ask for one that has an end and an amount',
  },
  sends: { message: 'counts messages, and how many this call sends is not known', hint: 'Name its recipients' },
} as const

const windowNames = { daily: ' of today', monthly: ' of this month', total: '' }

const stateOf = ({ name, period, currency, amount, spent, reserved }: RefusedRow) =>
  `The budget ${name}${windowNames[period]} has ${formatAmount(spent, currency)} of ${formatAmount(amount, currency)} spent${
    reserved > 0 ? ` and ${formatAmount(reserved, currency)} held` : ''
  }`

const askedOf = ({ asked, currency }: RefusedRow) => formatAmount(asked ?? 0, currency)
