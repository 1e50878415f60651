import { routes } from '@neonhub/contract'
import { deleteRole as remove } from '../../../../../identity/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toRole } from '../../../../to-role.ts'

export const deleteRole = implement(routes.deleteRole)(async ({ parts, params, caller, inTenant, audit }) => {
  const role = await inTenant(async (tx) => {
    const removed = await remove(tx, { actor: caller, id: params.id, now: parts.clock.now() })
    const found = orNotFound(removed, 'role')
    await audit(tx, { subject: `role:${params.id}`, detail: { name: found.name } })
    return found
  })
  return { status: 200, body: toRole(role) }
})
