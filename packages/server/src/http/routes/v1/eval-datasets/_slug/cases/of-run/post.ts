import { routes } from '@neonhub/contract'
import { asId } from '../../../../../../../base/ids.ts'
import { addChecked, caseOfRun, lockDataset } from '../../../../../../../evals/index.ts'
import { implement } from '../../../../../../implement.ts'
import { orNotFound } from '../../../../../../lists.ts'

export const addEvalCaseOfRun = implement(routes.addEvalCaseOfRun)(async ({
  parts,
  params,
  body: { runId, ...asked },
  caller,
  inTenant,
  audit,
}) => {
  const added = await inTenant(async (tx) => {
    const dataset = orNotFound(await lockDataset(tx, params.slug), 'data set')
    const found = await caseOfRun(tx, dataset, { ...asked, id: asId(runId) })
    const change = { dataset, cases: [found], by: caller.name }
    const result = await addChecked(tx, parts.services.agents, change)
    await audit(tx, { subject: `eval_dataset:${dataset.id}`, detail: { run: runId, case: found.name } })
    return result
  })
  return { status: 200, body: added }
})
