import { routes } from '@neonhub/contract'
import { updateRole as update } from '../../../../../identity/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toRole } from '../../../../to-role.ts'

export const updateRole = implement(routes.updateRole)(async ({ params, body, caller, inTenant, audit }) => {
  const role = await inTenant(async (tx) => {
    const updated = orNotFound(await update(tx, { actor: caller, id: params.id, ...body }), 'role')
    await audit(tx, { subject: `role:${params.id}`, detail: { name: updated.name, permissions: updated.permissions } })
    return updated
  })
  return { status: 200, body: toRole(role) }
})
