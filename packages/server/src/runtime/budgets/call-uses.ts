import type { Estimate, Money } from '../../connectors/index.ts'
import type { ActionPrice } from '../actions/sql/action-configs.ts'
import type { Execution } from '../execution.ts'
import type { BudgetUse, CallUse } from '../sql/insert-execution.ts'
import { realMoneyOf } from '../../connectors/index.ts'

/** What a call came to: for the budgets that it holds something of, and for its row. */
export interface CallCosts {
  /** By the kind of budget. What is left out counts at its most. */
  readonly spent: Readonly<Record<string, number>>
  readonly cost: Money | undefined
  readonly adSpend: Money | undefined
}

/**
 * The most that a call can use of its organization's budgets; undefined where it uses none. A call with an effect that
 * reaches nobody by name is one message; what is read is no message and may cost all the same.
 */
export function budgetUseOf(execution: Execution): BudgetUse | undefined {
  const { description, connection } = execution
  const sends: CallUse = { limits: 'sends', amount: Math.max(1, description.recipients.length), currency: null }
  const uses = [
    ...(description.effect === 'read' ? [] : [sends]),
    ...moneyUse('tool_cost', mostCostOf(execution)),
    ...moneyUse('ad_spend', description.adSpend),
  ]
  return uses.length === 0 ? undefined : { uses, isSandbox: connection.mode === 'sandbox' }
}

function moneyUse(limits: 'tool_cost' | 'ad_spend', most: Estimate): readonly CallUse[] {
  if (most === 'nothing' || (most !== 'unknown' && most.micros === 0)) return []
  return [
    most === 'unknown'
      ? { limits, amount: null, currency: null }
      : { limits, amount: most.micros, currency: most.currency },
  ]
}

/** The organization's own price comes before what the connector knows, and the newest counts. */
function mostCostOf({ connection, description }: Execution): Estimate {
  const [{ price }] = connection.configs
  return price ? priced(price, Math.max(1, description.recipients.length)) : description.cost
}

const priced = ({ micros, currency, per }: ActionPrice, recipients: number): Money => ({
  micros: per === 'recipient' ? micros * recipients : micros,
  currency,
})

/** What a call came to that had its effect. `output` is undefined where nobody knows whether it had: at its most, then. */
export function costsOf(execution: Execution, output: unknown): CallCosts {
  const { tool, description, connection } = execution
  const most = { cost: knownOf(mostCostOf(execution)), adSpend: knownOf(description.adSpend) }
  const isSandbox = connection.mode === 'sandbox'
  if (output === undefined) return { spent: {}, ...(isSandbox ? nothing : most) }
  const cost = inCurrencyOf(most.cost, realCostOf(execution, output))
  const adSpend = inCurrencyOf(most.adSpend, realMoneyOf(tool.action.adSpend, output))
  const spent = {
    ...(cost && { tool_cost: cost.micros }),
    ...(adSpend && { ad_spend: adSpend.micros }),
  }
  // The windows of sandbox accounts are practice; nobody pays for it.
  return { spent, ...(isSandbox ? nothing : { cost: cost ?? most.cost, adSpend: adSpend ?? most.adSpend }) }
}

const nothing = { cost: undefined, adSpend: undefined }

/** By the organization's price for each recipient, whom the provider refused costs nothing. */
function realCostOf({ connection, tool }: Execution, output: unknown): Money | undefined {
  const [{ price }] = connection.configs
  if (!price) return realMoneyOf(tool.action.cost, output)
  const { toPeople } = tool.action
  return price.per === 'recipient' && toPeople ? priced(price, toPeople.reached(output).length) : undefined
}

const knownOf = (estimate: Estimate): Money | undefined => (typeof estimate === 'object' ? estimate : undefined)

/** A cost in another currency than was held says nothing about what is held. Where nothing was known, any is believed. */
const inCurrencyOf = (most: Money | undefined, real: Money | undefined): Money | undefined =>
  most && real && most.currency !== real.currency ? undefined : real
