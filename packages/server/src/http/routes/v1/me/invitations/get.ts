import { routes } from '@neonhub/contract'
import { listInvitationsOf } from '../../../../../identity/index.ts'
import { implement } from '../../../../implement.ts'
import { toInvitation } from '../../../../to-member.ts'
import { userOf } from '../../../../user-of.ts'

export const listMyInvitations = implement(routes.listMyInvitations)(async ({ parts, caller }) => {
  const { email } = userOf(caller)
  const invitations = await listInvitationsOf(parts.database, { email, now: parts.clock.now() })
  return {
    status: 200,
    body: {
      invitations: invitations.map(({ organization, ...rest }) => ({ ...toInvitation(rest), organization })),
    },
  }
})
