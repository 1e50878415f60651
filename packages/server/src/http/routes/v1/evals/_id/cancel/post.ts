import { routes } from '@neonhub/contract'
import { cancelEval as cancel, summarize } from '../../../../../../evals/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toEval } from '../../../../../to-eval.ts'

export const cancelEval = implement(routes.cancelEval)(async ({ params, caller, inTenant, audit }) => {
  const summaries = await inTenant(async (tx) => {
    const { found, isCancelled } = orNotFound(await cancel(tx, params.id, { by: caller.name }), 'eval')
    if (isCancelled) await audit(tx, { subject: `eval:${params.id}`, detail: { dataset: found.dataset } })
    return summarize(tx, [found])
  })
  return { status: 200, body: toEval(orNotFound(summaries[0], 'eval')) }
})
