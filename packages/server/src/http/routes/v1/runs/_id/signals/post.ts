import { routes } from '@neonhub/contract'
import { asId, type RunId } from '../../../../../../base/ids.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'

export const signalRun = implement(routes.signalRun)(async (call) => {
  const { parts, params, body, headers, caller, organization, inTenant, audit } = call
  const { runtime, findRun } = parts.services
  const runId: RunId = asId(params.id)
  orNotFound(await inTenant((tx) => findRun(tx, runId)), 'run')
  const { name, data } = body
  const signal = { name, data, sentBy: caller.name, idempotencyKey: headers['idempotency-key'] }
  const isNew = await runtime.signalRun(organization().id, runId, signal, (tx) =>
    audit(tx, { subject: `run:${runId}`, detail: { name } }),
  )
  return { status: 202, body: { isNew } }
})
