import { routes } from '@neonhub/contract'
import { addChecked, lockDataset } from '../../../../../../evals/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'

export const addEvalCases = implement(routes.addEvalCases)(async ({ parts, params, body, caller, inTenant, audit }) => {
  const added = await inTenant(async (tx) => {
    const dataset = orNotFound(await lockDataset(tx, params.slug), 'data set')
    const change = { dataset, cases: body.cases, by: caller.name }
    const result = await addChecked(tx, parts.services.agents, change)
    const detail = { added: result.added.length, changed: result.changed.length }
    await audit(tx, { subject: `eval_dataset:${dataset.id}`, detail })
    return result
  })
  return { status: 200, body: added }
})
