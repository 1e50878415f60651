import { routes } from '@neonhub/contract'
import { leaveOrganization as leave } from '../../../../../identity/index.ts'
import { implement } from '../../../../implement.ts'
import { userOf } from '../../../../user-of.ts'

export const leaveOrganization = implement(routes.leaveOrganization)(async ({ parts, caller, inTenant, audit }) => {
  const { id } = userOf(caller)
  const body = await inTenant(async (tx) => {
    const { userId, role, ...went } = await leave(tx, { userId: id, now: parts.clock.now() })
    await audit(tx, { subject: `user:${userId}`, detail: { role, ...went } })
    return went
  })
  return { status: 200, body }
})
