import { routes } from '@neonhub/contract'
import { compact } from '../../../../base/compact.ts'
import { listEvals as list, summarize } from '../../../../evals/index.ts'
import { implement } from '../../../implement.ts'
import { toPage } from '../../../lists.ts'
import { toEval } from '../../../to-eval.ts'

export const listEvals = implement(routes.listEvals)(async ({ query, inTenant }) => {
  const { evals, nextBefore } = await inTenant(async (tx) => {
    const page = toPage(await list(tx, { ...query, limit: query.limit + 1 }), query.limit)
    return { evals: await summarize(tx, page.items), nextBefore: page.nextBefore }
  })
  return { status: 200, body: { evals: evals.map(toEval), ...compact({ nextBefore }) } }
})
