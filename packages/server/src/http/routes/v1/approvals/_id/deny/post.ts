import { routes } from '@neonhub/contract'
import { decideApproval } from '../../../../../decide-approval.ts'
import { implement } from '../../../../../implement.ts'

export const deny = implement(routes.deny)(async (call) => {
  const decision = { approve: false, by: call.caller.name, note: call.body.note }
  return { status: 200, body: await decideApproval(call, decision) }
})
