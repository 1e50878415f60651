import { routes } from '@neonhub/contract'
import { createRole as create } from '../../../../identity/index.ts'
import { implement } from '../../../implement.ts'
import { toRole } from '../../../to-role.ts'

export const createRole = implement(routes.createRole)(async ({ body, caller, inTenant, audit }) => {
  const role = await inTenant(async (tx) => {
    const { id, name, permissions, ...rest } = await create(tx, { actor: caller, ...body })
    await audit(tx, { subject: `role:${id}`, detail: { name, permissions } })
    return { id, name, permissions, ...rest }
  })
  return { status: 201, body: toRole(role) }
})
