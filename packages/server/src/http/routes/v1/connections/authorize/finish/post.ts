import { routes } from '@neonhub/contract'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toConnection } from '../../../../../to-connection.ts'
import { userOf } from '../../../../../user-of.ts'

export const finishAuthorization = implement(routes.finishAuthorization)(async (call) => {
  const { parts, body, caller, organization, inTenant, audit } = call
  const { finishAuthorization: finish, listConnections } = parts.services
  const { connector, state, code, error, iss: issuer } = body
  const returned = { connector, state, code, error, issuer, userId: userOf(caller).id }
  const id = await finish(
    organization().id,
    returned,
    async (tx, { id: authorizedId, name, account = null, isNew }) => {
      // The account may be a person's address, which erasing them reaches here too.
      await audit(tx, { subject: `connection:${authorizedId}`, detail: { connector, name, account, isNew } })
    },
  )
  const connection = (await inTenant(listConnections)).find((one) => one.id === id)
  return { status: 200, body: toConnection(orNotFound(connection, 'connection')) }
})
