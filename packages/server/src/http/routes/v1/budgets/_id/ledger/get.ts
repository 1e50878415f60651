import { routes } from '@neonhub/contract'
import { getBudget, listEntries } from '../../../../../../runtime/index.ts'
import { implement } from '../../../../../implement.ts'
import { toEntry } from '../../../../../to-budget.ts'

export const listBudgetEntries = implement(routes.listBudgetEntries)(async ({ params, query, inTenant }) => {
  const entries = await inTenant(async (tx) => {
    const { id } = await getBudget(tx, params.id)
    return listEntries(tx, { budgetId: id, windowId: query.window, limit: query.limit })
  })
  return { status: 200, body: { entries: entries.map(toEntry) } }
})
