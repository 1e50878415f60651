import { createAuthMiddleware, getSessionFromCtx } from 'better-auth/api'
import { z } from 'zod'
import { asId, type OrganizationId } from '../base/ids.ts'
import { type Database, withTenant } from '../db/index.ts'
import { appendAudit } from './audit.ts'

/** What of better-auth's operations an organization's audit log tells. */
const actions: Readonly<Record<string, string>> = {
  '/organization/invite-member': 'member.invited',
  '/organization/accept-invitation': 'member.joined',
  '/organization/cancel-invitation': 'invitation.cancelled',
  '/organization/update-member-role': 'member.role_changed',
  '/organization/remove-member': 'member.removed',
}

const Changed = z.object({ id: z.string(), organizationId: z.string(), role: z.string() })
const Returned = z.union([
  z.object({ member: Changed }).transform(({ member }) => ({ kind: 'member', ...member })),
  z.object({ invitation: Changed }).transform(({ invitation }) => ({ kind: 'invitation', ...invitation })),
  Changed.extend({ email: z.string() }).transform((invitation) => ({ kind: 'invitation', ...invitation })),
  Changed.transform((member) => ({ kind: 'member', ...member })),
])

/** Writes changes of members and invitations into the audit log of their organization. */
export function auditMembers(database: Database) {
  return createAuthMiddleware(async (context) => {
    const action = actions[context.path]
    const { returned } = context.context
    if (action === undefined || returned instanceof Error) return
    const userId = (await getSessionFromCtx(context))?.user.id
    if (userId === undefined) return
    const { kind, id, organizationId, role } = Returned.parse(returned)
    await withTenant(database, asId<'organization'>(organizationId) satisfies OrganizationId, (tx) =>
      appendAudit(tx, { actor: `user:${userId}`, action, subject: `${kind}:${id}`, detail: { role } }),
    )
  })
}
