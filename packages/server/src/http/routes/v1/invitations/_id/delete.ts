import { routes } from '@neonhub/contract'
import { revokeInvitation as revoke } from '../../../../../identity/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toInvitation } from '../../../../to-member.ts'

export const revokeInvitation = implement(routes.revokeInvitation)(async ({
  parts,
  params,
  caller,
  inTenant,
  audit,
}) => {
  const invitation = await inTenant(async (tx) => {
    const revoked = await revoke(tx, { actor: caller, id: params.id, now: parts.clock.now() })
    const found = orNotFound(revoked, 'invitation')
    await audit(tx, { subject: `invitation:${found.id}`, detail: { role: found.role } })
    return found
  })
  return { status: 200, body: toInvitation(invitation) }
})
