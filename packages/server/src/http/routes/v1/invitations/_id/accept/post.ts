import { routes } from '@neonhub/contract'
import { acceptInvitation as accept } from '../../../../../../identity/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { userOf } from '../../../../../user-of.ts'

export const acceptInvitation = implement(routes.acceptInvitation)(async ({ parts, params, caller, audit }) => {
  const joined = await accept(parts.database, {
    id: params.id,
    user: userOf(caller),
    now: parts.clock.now(),
    onJoined: (tx, { memberId, role }) => audit(tx, { subject: `member:${memberId}`, detail: { role } }),
  })
  return { status: 200, body: orNotFound(joined, 'invitation').organization }
})
