import { routes } from '@neonhub/contract'
import { getEval as get } from '../../../../../evals/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toEvalDetail } from '../../../../to-eval.ts'

export const getEval = implement(routes.getEval)(async ({ params, query, inTenant }) => {
  const found = await inTenant((tx) => get(tx, { id: params.id, against: query.against }))
  return { status: 200, body: toEvalDetail(orNotFound(found, 'eval')) }
})
