import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { implement } from '../../../../implement.ts'
import { userOf } from '../../../../user-of.ts'

export const authorizeConnection = implement(routes.authorizeConnection)(async (call) => {
  const { parts, body, caller, inTenant, audit } = call
  const { connector, name = connector, connectionId, settings } = body
  const userId = userOf(caller).id
  const started = await inTenant(async (tx) => {
    const begun = await parts.services.startAuthorization(tx, {
      connector,
      name,
      connectionId: connectionId === undefined ? undefined : asId(connectionId),
      settings,
      userId,
    })
    const about = connectionId === undefined ? { name } : { connection: connectionId }
    await audit(tx, { subject: `oauth_state:${begun.id}`, detail: { connector, ...about } })
    return begun
  })
  const { authorizeUrl, expiresAt } = started
  return { status: 201, body: { authorizeUrl, expiresAt: expiresAt.toISOString() } }
})
