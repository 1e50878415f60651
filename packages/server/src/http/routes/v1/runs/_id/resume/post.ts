import { routes } from '@neonhub/contract'
import { asId, type RunId } from '../../../../../../base/ids.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'

export const resumeRun = implement(routes.resumeRun)(async ({ parts, params, organization, inTenant, audit }) => {
  const { runtime, findRun } = parts.services
  const runId: RunId = asId(params.id)
  orNotFound(await inTenant((tx) => findRun(tx, runId)), 'run')
  await runtime.resumeRun(organization().id, runId)
  const run = await inTenant(async (tx) => {
    const found = await findRun(tx, runId)
    await audit(tx, { subject: `run:${runId}` })
    return found
  })
  return { status: 202, body: orNotFound(run, 'run') }
})
