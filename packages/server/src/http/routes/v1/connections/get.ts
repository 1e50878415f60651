import { routes } from '@neonhub/contract'
import { implement } from '../../../implement.ts'
import { toConnection } from '../../../to-connection.ts'

export const listConnections = implement(routes.listConnections)(async ({ parts, inTenant }) => {
  const connections = await inTenant(parts.services.listConnections)
  return { status: 200, body: { connections: connections.map(toConnection) } }
})
