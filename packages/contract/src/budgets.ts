import { z } from 'zod'
import { defineRoute } from './route.ts'
import { Id, IdParams, Moment } from './values.ts'

/** Micros (millionths of the currency), or a number of messages. */
const Amount = z.number().int().min(0).max(1_000_000_000_000_000)
const Change = z.number().int().min(-1_000_000_000_000_000).max(1_000_000_000_000_000)
const Currency = z.string().regex(/^[A-Z]{3}$/, 'must be a code such as USD')

export const BudgetScope = z.enum(['organization', 'brand', 'campaign', 'agent', 'run'])
export type BudgetScope = z.output<typeof BudgetScope>
/**
 * `llm_cost`: what calls of models cost. `sends`: messages and other effects of tools, one for each recipient. `tool_cost`:
 * what providers charge for calls of tools. `ad_spend`: the money that calls of tools let ad platforms spend.
 */
export const BudgetLimit = z.enum(['llm_cost', 'sends', 'tool_cost', 'ad_spend'])
export type BudgetLimit = z.output<typeof BudgetLimit>
/** Days and months of the organization's time zone. */
export const BudgetPeriod = z.enum(['daily', 'monthly', 'total'])
export type BudgetPeriod = z.output<typeof BudgetPeriod>

export const BudgetWindow = z.object({
  id: Id,
  /** The run at the top of the tree, where each run has the amount for itself. */
  runId: Id.optional(),
  /** Of sandbox accounts, whose messages reach nobody. */
  sandbox: z.boolean(),
  startsAt: Moment.optional(),
  /** Absent where it does not end. */
  endsAt: Moment.optional(),
  amount: z.number().int(),
  /** Of calls that have left and are not settled. */
  reserved: z.number().int(),
  spent: z.number().int(),
})
export type BudgetWindow = z.output<typeof BudgetWindow>

export const Budget = z.object({
  id: Id,
  name: z.string(),
  scope: BudgetScope,
  /** Slug. */
  brand: z.string().optional(),
  campaignId: Id.optional(),
  agent: z.string().optional(),
  limits: BudgetLimit,
  period: BudgetPeriod,
  /** For each window. */
  amount: z.number().int(),
  /** ISO 4217; absent where messages are counted. */
  currency: z.string().optional(),
  /** Lets calls go whose price, or amount, is not known; they count nothing. */
  allowsUnpriced: z.boolean(),
  actor: z.string(),
  createdAt: Moment,
  /** Those that are not over; none until something has been asked of the budget. Of runs, the newest hundred. */
  windows: z.array(BudgetWindow),
})
export type Budget = z.output<typeof Budget>

export const BudgetEntry = z.object({
  windowId: Id,
  sequence: z.number().int(),
  type: z.enum(['allocate', 'reserve', 'spend', 'refund', 'adjustment']),
  amount: z.number().int(),
  /** The window's amount after the entry; likewise the next two. */
  allocated: z.number().int(),
  reserved: z.number().int(),
  spent: z.number().int(),
  /** The call of a model or a tool. */
  callId: Id.optional(),
  runId: Id.optional(),
  actor: z.string().optional(),
  note: z.string(),
  createdAt: Moment,
})
export type BudgetEntry = z.output<typeof BudgetEntry>

const SetBudget = z
  .strictObject({
    name: z
      .string()
      .trim()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens, such as mail-a-day'),
    scope: BudgetScope,
    brand: z.string().min(1).max(64).optional(),
    campaignId: Id.optional(),
    agent: z.string().min(1).max(100).optional(),
    limits: BudgetLimit,
    period: BudgetPeriod,
    amount: Amount,
    currency: Currency.optional(),
    allowsUnpriced: z.boolean().default(false),
  })
  .superRefine((budget, context) => {
    const named = { brand: budget.brand, campaign: budget.campaignId, agent: budget.agent }
    for (const [scope, value] of Object.entries(named)) {
      const path = [scope === 'campaign' ? 'campaignId' : scope]
      if ((budget.scope === scope) === (value !== undefined)) continue
      const message = value === undefined ? 'must be named by a budget of this scope' : 'belongs to another scope'
      context.addIssue({ code: 'custom', path, message })
    }
    if ((budget.limits === 'sends') !== (budget.currency === undefined)) {
      const message = budget.limits === 'sends' ? 'has no place where messages are counted' : 'must be named, as in USD'
      context.addIssue({ code: 'custom', path: ['currency'], message })
    }
    if (budget.scope === 'run' && budget.period !== 'total') {
      context.addIssue({ code: 'custom', path: ['period'], message: 'must be total where each run has its own amount' })
    }
  })

export const listBudgets = defineRoute({
  id: 'listBudgets',
  method: 'get',
  path: '/v1/budgets',
  tag: 'budgets',
  summary: 'The budgets in force, with what is spent and held of each',
  request: {},
  responses: { 200: { description: 'The budgets', schema: z.object({ budgets: z.array(Budget) }) } },
  permission: 'budgets:read',
  audit: null,
})

export const getBudget = defineRoute({
  id: 'getBudget',
  method: 'get',
  path: '/v1/budgets/{id}',
  tag: 'budgets',
  summary: 'One budget',
  request: { params: IdParams },
  responses: { 200: { description: 'The budget', schema: Budget } },
  permission: 'budgets:read',
  audit: null,
})

export const listBudgetEntries = defineRoute({
  id: 'listBudgetEntries',
  method: 'get',
  path: '/v1/budgets/{id}/ledger',
  tag: 'budgets',
  summary: 'Every movement of a budget, newest first',
  request: {
    params: IdParams,
    query: z.strictObject({ window: Id.optional(), limit: z.coerce.number().int().min(1).max(1000).default(100) }),
  },
  responses: { 200: { description: 'The movements', schema: z.object({ entries: z.array(BudgetEntry) }) } },
  permission: 'budgets:read',
  audit: null,
})

export const setBudget = defineRoute({
  id: 'setBudget',
  method: 'put',
  path: '/v1/budgets',
  tag: 'budgets',
  summary: 'Sets a budget by its name; another amount of one that is there counts for its open windows too',
  request: { body: SetBudget },
  responses: { 200: { description: 'The budget', schema: Budget } },
  permission: 'budgets:manage',
  audit: 'budget.set',
})

export const adjustBudget = defineRoute({
  id: 'adjustBudget',
  method: 'post',
  path: '/v1/budgets/{id}/adjustments',
  tag: 'budgets',
  summary: 'Gives an open window more, or less, for this once',
  request: {
    params: IdParams,
    body: z.strictObject({
      by: Change.refine((by) => by !== 0, 'must not be nought'),
      note: z.string().trim().max(1000).default(''),
      /** Named where each run has a window of its own. */
      windowId: Id.optional(),
    }),
  },
  responses: { 200: { description: 'The budget', schema: Budget } },
  permission: 'budgets:manage',
  audit: 'budget.adjusted',
})

export const endBudget = defineRoute({
  id: 'endBudget',
  method: 'delete',
  path: '/v1/budgets/{id}',
  tag: 'budgets',
  summary: 'Ends a budget: it limits nothing any more',
  request: { params: IdParams },
  responses: { 200: { description: 'What was ended', schema: Budget } },
  permission: 'budgets:manage',
  audit: 'budget.ended',
})
