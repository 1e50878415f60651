import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toConnection } from '../../../../to-connection.ts'

export const replaceConnection = implement(routes.replaceConnection)(async (call) => {
  const { parts, params, body, inTenant, audit } = call
  const { listConnections, replaceConnection: replace } = parts.services
  const { mode, settings, credentials } = body
  const connection = await inTenant(async (tx) => {
    await replace(tx, { id: asId(params.id), mode, settings, credentials })
    await audit(tx, { subject: `connection:${params.id}`, detail: { mode } })
    return (await listConnections(tx)).find(({ id }) => id === params.id)
  })
  return { status: 200, body: toConnection(orNotFound(connection, 'connection')) }
})
