import { routes } from '@neonhub/contract'
import { asId, type RunId } from '../../../../../../base/ids.ts'
import { listScores } from '../../../../../../runtime/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toRunScore } from '../../../../../to-run-score.ts'

export const listRunScores = implement(routes.listRunScores)(async ({ parts, params, inTenant }) => {
  const runId: RunId = asId(params.id)
  const scores = await inTenant(async (tx) => {
    orNotFound(await parts.services.findRun(tx, runId), 'run')
    return listScores(tx, runId)
  })
  return { status: 200, body: { scores: scores.map(toRunScore) } }
})
