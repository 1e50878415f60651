import type { Budget, BudgetEntry } from '@neonhub/contract'
import { compact } from '../base/compact.ts'
import type { Budget as StoredBudget, BudgetEntry as StoredEntry } from '../runtime/index.ts'

/** A budget as the contract shows it. */
export const toBudget = ({ windows, createdAt, ...budget }: StoredBudget): Budget => ({
  ...budget,
  createdAt: createdAt.toISOString(),
  windows: windows.map(({ isSandbox, startsAt, endsAt, ...window }) => ({
    ...window,
    ...compact({ startsAt: startsAt?.toISOString(), endsAt: endsAt?.toISOString() }),
    sandbox: isSandbox,
  })),
})

/** Likewise a movement of it. */
export const toEntry = ({ createdAt, ...entry }: StoredEntry): BudgetEntry => ({
  ...entry,
  createdAt: createdAt.toISOString(),
})
