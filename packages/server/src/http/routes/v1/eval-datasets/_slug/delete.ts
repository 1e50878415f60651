import { routes } from '@neonhub/contract'
import { forgetDataset, lockDataset } from '../../../../../evals/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toEvalDataset } from '../../../../to-eval-dataset.ts'

export const deleteEvalDataset = implement(routes.deleteEvalDataset)(async ({ params, caller, inTenant, audit }) => {
  const dataset = await inTenant(async (tx) => {
    const found = orNotFound(await lockDataset(tx, params.slug), 'data set')
    await forgetDataset(tx, found.id, { by: caller.name })
    await audit(tx, { subject: `eval_dataset:${found.id}`, detail: { slug: found.slug, cases: found.caseCount } })
    return found
  })
  return { status: 200, body: toEvalDataset(dataset) }
})
