import type { Invitation as InvitationAnswer, Member as MemberAnswer } from '@neonhub/contract'
import type { Invitation, Member } from '../identity/index.ts'

/** A member as the contract shows them. */
export function toMember({ createdAt, roles, ...member }: Member): MemberAnswer {
  return { ...member, roles: [...roles], createdAt: createdAt.toISOString() }
}

/** An invitation as the contract shows it. */
export function toInvitation({ id, email, role, status, createdAt, expiresAt }: Invitation): InvitationAnswer {
  return { id, email, role, status, createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() }
}
