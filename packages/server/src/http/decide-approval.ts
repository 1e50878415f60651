import type { Approval } from '@neonhub/contract'
import { type ApprovalId, asId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import type { AuditedEvent, RawCall } from './implement.ts'
import { orNotFound } from './lists.ts'
import type { ReadOnly } from './read-only.ts'

interface Decision {
  readonly approve: boolean
  readonly by: string
  readonly note: string | undefined
  readonly argumentsHash?: string | undefined
}

type DecidingCall = Pick<RawCall, 'parts' | 'organization' | 'inTenant'> & {
  readonly params: { readonly id: string }
  readonly audit: (tx: TenantTx, event: AuditedEvent) => Promise<void>
}

/** Hands a person's answer to the runtime, which leaves it in the audit log with it, and returns the approval as it is now. */
export async function decideApproval(
  { parts, params, organization, inTenant, audit }: DecidingCall,
  decision: Decision,
): Promise<ReadOnly<Approval>> {
  const { runtime, findApproval } = parts.services
  const approvalId: ApprovalId = asId(params.id)
  const { runId, tool, argumentsHash } = orNotFound(await inTenant((tx) => findApproval(tx, approvalId)), 'approval')
  // The run may go on at once, and ask anew in the place of this approval.
  const decided = await runtime.decideApproval(organization().id, approvalId, decision, async (tx) => {
    await audit(tx, { subject: `approval:${approvalId}`, detail: { runId, tool, argumentsHash } })
    return findApproval(tx, approvalId)
  })
  return orNotFound(decided, 'approval')
}
