import { routes } from '@neonhub/contract'
import { asId, type RunId } from '../../../../../../base/ids.ts'
import { addScore } from '../../../../../../runtime/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toRunScore } from '../../../../../to-run-score.ts'

export const createRunScore = implement(routes.createRunScore)(async ({
  parts,
  params,
  body,
  caller,
  inTenant,
  audit,
}) => {
  const runId: RunId = asId(params.id)
  const score = await inTenant(async (tx) => {
    orNotFound(await parts.services.findRun(tx, runId), 'run')
    const { name, value, stepKey, comment } = body
    if (stepKey !== undefined) orNotFound(await parts.services.findRunStep(tx, runId, stepKey), 'step')
    const added = await addScore(tx, { runId, stepKey, name, value, comment, scoredBy: caller.name })
    await audit(tx, { subject: `run:${runId}`, detail: { name, value } })
    return added
  })
  return { status: 201, body: toRunScore(score) }
})
