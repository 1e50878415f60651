import { routes } from '@neonhub/contract'
import { implement } from '../../../implement.ts'
import { orNotFound } from '../../../lists.ts'
import { toConnection } from '../../../to-connection.ts'

export const createConnection = implement(routes.createConnection)(async ({ parts, body, inTenant, audit }) => {
  const { addConnection, listConnections } = parts.services
  const { connector, mode, settings, credentials, name = connector } = body
  const connection = await inTenant(async (tx) => {
    const id = await addConnection(tx, { connector, name, mode, settings, credentials })
    await audit(tx, { subject: `connection:${id}`, detail: { connector, name, mode } })
    return (await listConnections(tx)).find((candidate) => candidate.id === id)
  })
  return { status: 201, body: toConnection(orNotFound(connection, 'connection')) }
})
