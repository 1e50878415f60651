import { routes } from '@neonhub/contract'
import { getBudget as readBudget } from '../../../../../runtime/index.ts'
import { implement } from '../../../../implement.ts'
import { toBudget } from '../../../../to-budget.ts'

export const getBudget = implement(routes.getBudget)(async ({ params, inTenant }) => ({
  status: 200,
  body: toBudget(await inTenant((tx) => readBudget(tx, params.id))),
}))
