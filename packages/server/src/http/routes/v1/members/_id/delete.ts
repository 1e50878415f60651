import { routes } from '@neonhub/contract'
import { removeMember as remove } from '../../../../../identity/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'

export const removeMember = implement(routes.removeMember)(async ({ parts, params, caller, inTenant, audit }) => {
  const body = await inTenant(async (tx) => {
    const removed = await remove(tx, { actor: caller, id: params.id, now: parts.clock.now() })
    const { userId, role, ...went } = orNotFound(removed, 'member')
    await audit(tx, { subject: `member:${params.id}`, detail: { userId, role, ...went } })
    return went
  })
  return { status: 200, body }
})
