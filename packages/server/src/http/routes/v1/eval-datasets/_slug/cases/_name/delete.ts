import { routes } from '@neonhub/contract'
import { lockDataset, removeCase } from '../../../../../../../evals/index.ts'
import { implement } from '../../../../../../implement.ts'
import { orNotFound } from '../../../../../../lists.ts'
import { toEvalCase } from '../../../../../../to-eval-dataset.ts'

export const removeEvalCase = implement(routes.removeEvalCase)(async ({ params, caller, inTenant, audit }) => {
  const removed = await inTenant(async (tx) => {
    const dataset = orNotFound(await lockDataset(tx, params.slug), 'case')
    const change = { datasetId: dataset.id, name: params.name, removedBy: caller.name }
    const found = orNotFound(await removeCase(tx, change), 'case')
    await audit(tx, { subject: `eval_dataset:${dataset.id}`, detail: { case: found.name, version: found.version } })
    return found
  })
  return { status: 200, body: toEvalCase(removed) }
})
