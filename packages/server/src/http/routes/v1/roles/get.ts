import { routes } from '@neonhub/contract'
import { listRoles as list } from '../../../../identity/index.ts'
import { implement } from '../../../implement.ts'
import { toRole } from '../../../to-role.ts'

export const listRoles = implement(routes.listRoles)(async ({ inTenant }) => {
  const { roles, withheld } = await inTenant(list)
  return { status: 200, body: { roles: roles.map(toRole), withheld: [...withheld] } }
})
