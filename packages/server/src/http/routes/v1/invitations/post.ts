import { routes } from '@neonhub/contract'
import { NeonHubError } from '../../../../base/errors.ts'
import { createInvitation as create, isMemberAddress } from '../../../../identity/index.ts'
import { implement } from '../../../implement.ts'
import { toInvitation } from '../../../to-member.ts'

export const createInvitation = implement(routes.createInvitation)(async ({ parts, body, caller, ...call }) => {
  const { role } = body
  const email = body.email.toLowerCase()
  if (await isMemberAddress(parts.database, { organizationId: call.organization().id, email })) {
    throw new NeonHubError('identity.already_a_member', `${email} belongs to the organization already`, {
      kind: 'conflict',
      hint: 'Change the member’s role instead: neonhub members set-role.',
    })
  }
  const { invitation, token } = await call.inTenant(async (tx) => {
    const created = await create(tx, { actor: caller, email, role, now: parts.clock.now() })
    await call.audit(tx, { subject: `invitation:${created.invitation.id}`, detail: { email, role } })
    return created
  })
  return { status: 201, body: { invitation: toInvitation(invitation), token } }
})
