import { fillPath, routes } from '@neonhub/contract'
import { NeonHubError } from '../../../../../../base/errors.ts'
import { connectors } from '../../../../../../connectors/index.ts'
import { sandboxSecret, signInboundToken } from '../../../../../../triggers/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'

export const getInboundAddress = implement(routes.getInboundAddress)(async (call) => {
  const { parts, params, inTenant, organization } = call
  const { masterKey, publicUrl, services } = parts
  const all = await inTenant((tx) => services.listConnections(tx))
  const connection = orNotFound(
    all.find(({ id }) => id === params.id),
    'connection',
  )
  if (!connectors.get(connection.connector)?.triggers) {
    throw new NeonHubError('http.no_events', `A connection of ${connection.connector} tells of no events`, {
      kind: 'conflict',
      hint: 'Slack and webhook connections do.',
    })
  }
  const place = { organizationId: organization().id, connectionId: connection.id }
  const path = fillPath(routes.receiveWebhook, { token: signInboundToken(masterKey, place) })
  const secret = connection.mode === 'sandbox' ? { sandboxSecret: sandboxSecret(masterKey, place) } : {}
  const body = { connectionId: connection.id, connection: connection.name, url: `${publicUrl}${path}`, ...secret }
  return { status: 200, body }
})
