import { NeonHubError } from '../../base/errors.ts'
import { newId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'
import type { Budget } from './spec.ts'
import {
  adjustWindows,
  endBudget as writeEnd,
  findBrand,
  hasCampaign,
  insertBudget,
  listBudgets,
  lockBudgets,
  updateBudget,
} from './sql/budgets.ts'

/** A budget as a person sets it. */
export interface BudgetChange extends Pick<
  Budget,
  'name' | 'scope' | 'limits' | 'period' | 'amount' | 'allowsUnpriced'
> {
  readonly brand?: string | undefined
  readonly campaignId?: string | undefined
  readonly agent?: string | undefined
  readonly currency?: string | undefined
  /** `user:ID`, `api_key:ID` or `cli`. */
  readonly actor: string
}

/**
 * Sets a budget by its name: a new one, or another amount of the one there is, whose open windows follow. What a budget is
 * for never changes under what it has counted. Call `wakeWaiting` in a transaction of its own after the commit. Throws `runtime.budget_other`, `runtime.brand_unknown`,
 * `runtime.campaign_unknown` and, for an agent that is not among `agents`, `runtime.agent_unknown`.
 */
export async function setBudget(
  tx: TenantTx,
  change: BudgetChange,
  { agents }: { readonly agents: { readonly has: (name: string) => boolean } },
): Promise<Budget> {
  await lockBudgets(tx)
  const existing = (await listBudgets(tx)).find(({ name }) => name === change.name)
  if (existing) {
    assertSameSubject(existing, change)
    // The budget first, as every call locks it: no window is made with the amount of before.
    await updateBudget(tx, { ...change, id: existing.id })
    const by = change.amount - existing.amount
    if (by !== 0) {
      await adjustWindows(tx, { budgetId: existing.id, by, actor: change.actor, note: 'The budget was set anew' })
    }
    return getBudget(tx, existing.id)
  }
  const brandId = change.brand === undefined ? undefined : await findBrand(tx, change.brand)
  if (change.brand !== undefined && !brandId) throw unknown('brand', change.brand)
  if (change.campaignId !== undefined && !(await hasCampaign(tx, change.campaignId))) {
    throw unknown('campaign', change.campaignId)
  }
  if (change.agent !== undefined && !agents.has(change.agent)) throw unknown('agent', change.agent)
  const id = newId()
  const { campaignId, agent, currency } = change
  await insertBudget(tx, { ...change, id, brandId, campaignId, agent, currency })
  return getBudget(tx, id)
}

/** The budget of this id. Throws `runtime.budget_unknown` where there is none, or it has ended. */
export async function getBudget(tx: TenantTx, id: string): Promise<Budget> {
  const [budget] = await listBudgets(tx, id)
  if (budget) return budget
  throw new NeonHubError('runtime.budget_unknown', `There is no budget ${id}`, {
    kind: 'not_found',
    hint: 'neonhub budgets list shows those in force.',
  })
}

/**
 * Gives a budget's open window more, or less, for this once. The window is named where each run has one of its own.
 * Throws `runtime.budget_unknown`, and `runtime.budget_no_window` where nothing has been asked of it yet.
 */
export async function adjustBudget(
  tx: TenantTx,
  adjustment: {
    readonly id: string
    readonly windowId?: string | undefined
    readonly by: number
    readonly actor: string
    readonly note: string
  },
): Promise<Budget> {
  const budget = await getBudget(tx, adjustment.id)
  const { by, actor, note } = adjustment
  const open = budget.windows.filter(({ id }) => adjustment.windowId === undefined || id === adjustment.windowId)
  const [window] = open.length > 1 && budget.scope !== 'run' ? open.filter(({ isSandbox }) => !isSandbox) : open
  if (!window || (budget.scope === 'run' && adjustment.windowId === undefined)) {
    throw new NeonHubError('runtime.budget_no_window', `The budget ${budget.name} has no such open window to adjust`, {
      kind: 'conflict',
      hint:
        budget.scope === 'run'
          ? 'Each run has its own: name the window, as neonhub budgets show prints it, or set the amount for all of them.'
          : 'Nothing has been asked of it yet: set its amount instead.',
    })
  }
  await adjustWindows(tx, { budgetId: budget.id, windowId: window.id, by, actor, note })
  return getBudget(tx, budget.id)
}

/** Ends a budget: it limits nothing any more, and its ledger stays. Throws `runtime.budget_unknown`. */
export async function endBudget(tx: TenantTx, end: { readonly id: string; readonly actor: string }): Promise<Budget> {
  const budget = await getBudget(tx, end.id)
  await writeEnd(tx, end)
  return budget
}

function assertSameSubject(budget: Budget, change: BudgetChange): void {
  const differing = (['scope', 'brand', 'campaignId', 'agent', 'limits', 'period', 'currency'] as const).filter(
    (key) => budget[key] !== change[key],
  )
  if (differing.length === 0) return
  throw new NeonHubError(
    'runtime.budget_other',
    `There is a budget ${budget.name} already, with another ${differing.join(', ')}`,
    { kind: 'conflict', hint: 'Give this one another name, or end that one first: neonhub budgets end' },
  )
}

const unknown = (what: 'brand' | 'campaign' | 'agent', name: string) =>
  new NeonHubError(`runtime.${what}_unknown`, `There is no ${what} ${name}`, { kind: 'not_found' })
