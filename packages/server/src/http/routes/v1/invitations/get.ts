import { routes } from '@neonhub/contract'
import { listInvitations as list } from '../../../../identity/index.ts'
import { implement } from '../../../implement.ts'
import { toInvitation } from '../../../to-member.ts'

export const listInvitations = implement(routes.listInvitations)(async ({ parts, inTenant }) => {
  const invitations = await inTenant((tx) => list(tx, parts.clock.now()))
  return { status: 200, body: { invitations: invitations.map(toInvitation) } }
})
