import { routes } from '@neonhub/contract'
import { decideApproval } from '../../../../../decide-approval.ts'
import { implement } from '../../../../../implement.ts'

export const approve = implement(routes.approve)(async (call) => {
  const { note, argumentsHash } = call.body
  const decision = { approve: true, by: call.caller.name, note, argumentsHash }
  return { status: 200, body: await decideApproval(call, decision) }
})
