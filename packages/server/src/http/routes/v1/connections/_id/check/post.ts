import { routes } from '@neonhub/contract'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toConnection } from '../../../../../to-connection.ts'

export const checkConnection = implement(routes.checkConnection)(async (call) => {
  const { parts, params, organization, inTenant, audit } = call
  const { checkConnection: check, listConnections } = parts.services
  const find = async () =>
    orNotFound(
      (await inTenant(listConnections)).find(({ id }) => id === params.id),
      'connection',
    )
  await check(organization().id, (await find()).id)
  const checked = await find()
  await inTenant((tx) => audit(tx, { subject: `connection:${checked.id}`, detail: { status: checked.status } }))
  return { status: 200, body: toConnection(checked) }
})
