import { routes } from '@neonhub/contract'
import { listBudgets as readBudgets } from '../../../../runtime/index.ts'
import { implement } from '../../../implement.ts'
import { toBudget } from '../../../to-budget.ts'

export const listBudgets = implement(routes.listBudgets)(async ({ inTenant }) => {
  const budgets = await inTenant((tx) => readBudgets(tx))
  return { status: 200, body: { budgets: budgets.map(toBudget) } }
})
