export type BudgetScope = 'organization' | 'brand' | 'campaign' | 'agent' | 'run'
/**
 * What a budget limits: the cost of model calls, messages (one for each recipient), what providers charge for calls of
 * tools, or the money that calls let ad platforms spend.
 */
export type BudgetLimit = 'llm_cost' | 'sends' | 'tool_cost' | 'ad_spend'
/** Days and months are those of the organization's time zone. */
export type BudgetPeriod = 'daily' | 'monthly' | 'total'
export type BudgetEntryType = 'allocate' | 'reserve' | 'spend' | 'refund' | 'adjustment'

/** One window of a budget: a day, a month, a run, or all time. Amounts are micros of the currency, or messages. */
export interface BudgetWindow {
  readonly id: string
  readonly runId: string | undefined
  /** Of sandbox accounts, whose messages reach nobody. */
  readonly isSandbox: boolean
  readonly startsAt: Date | undefined
  readonly endsAt: Date | undefined
  readonly amount: number
  readonly reserved: number
  readonly spent: number
}

/** What an organization lets be spent: for whom, on what, and in which time. */
export interface Budget {
  readonly id: string
  readonly name: string
  readonly scope: BudgetScope
  /** Slug. */
  readonly brand: string | undefined
  readonly campaignId: string | undefined
  readonly agent: string | undefined
  readonly limits: BudgetLimit
  readonly period: BudgetPeriod
  /** For each window. */
  readonly amount: number
  /** ISO 4217; undefined where messages are counted. */
  readonly currency: string | undefined
  /** Lets calls go whose price, or amount, is not known; they count nothing. */
  readonly allowsUnpriced: boolean
  readonly actor: string
  readonly createdAt: Date
  /** Those that are not over, newest first; those of runs, the newest hundred. */
  readonly windows: readonly BudgetWindow[]
}

/** A movement of a window; `allocated`, `reserved` and `spent` are what they were after it. */
export interface BudgetEntry {
  readonly windowId: string
  readonly sequence: number
  readonly type: BudgetEntryType
  readonly amount: number
  readonly allocated: number
  readonly reserved: number
  readonly spent: number
  readonly callId: string | undefined
  /** The run that the call belongs to. */
  readonly runId: string | undefined
  readonly actor: string | undefined
  readonly note: string
  readonly createdAt: Date
}
