import { routes } from '@neonhub/contract'
import { asId } from '../../../../../../base/ids.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toConnection } from '../../../../../to-connection.ts'

export const resumeConnection = implement(routes.resumeConnection)(async ({ parts, params, inTenant, audit }) => {
  const { listConnections, resumeConnection: resume } = parts.services
  const connection = await inTenant(async (tx) => {
    const wasPaused = await resume(tx, asId(params.id))
    const found = (await listConnections(tx)).find(({ id }) => id === params.id)
    if (found) await audit(tx, { subject: `connection:${found.id}`, detail: { wasPaused } })
    return found
  })
  return { status: 200, body: toConnection(orNotFound(connection, 'connection')) }
})
