import { routes } from '@neonhub/contract'
import { asId, type RunId } from '../../../../../../base/ids.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'

export const cancelRun = implement(routes.cancelRun)(async ({ parts, params, organization, inTenant, audit }) => {
  const { runtime, findRun } = parts.services
  const runId: RunId = asId(params.id)
  orNotFound(await inTenant((tx) => findRun(tx, runId)), 'run')
  await runtime.cancelRun(organization().id, runId, (tx) => audit(tx, { subject: `run:${runId}` }))
  const run = await inTenant((tx) => findRun(tx, runId))
  return { status: 202, body: orNotFound(run, 'run') }
})
