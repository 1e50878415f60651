import { routes } from '@neonhub/contract'
import { asId, type ToolExecutionId } from '../../../../../../base/ids.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'

export const settleToolExecution = implement(routes.settleToolExecution)(async (call) => {
  const { parts, params, body, caller, organization, inTenant, audit } = call
  const { runtime, findToolExecution } = parts.services
  const id: ToolExecutionId = asId(params.id)
  orNotFound(await inTenant((tx) => findToolExecution(tx, id)), 'tool execution')
  const { outcome, note } = body
  await runtime.settleToolExecution(organization().id, id, { outcome, by: caller.name, note }, (tx) =>
    audit(tx, { subject: `tool_execution:${id}`, detail: { outcome } }),
  )
  const execution = await inTenant((tx) => findToolExecution(tx, id))
  return { status: 200, body: orNotFound(execution, 'tool execution') }
})
