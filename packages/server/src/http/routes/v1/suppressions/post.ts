import { routes } from '@neonhub/contract'
import { findSuppressionById, getAddress, suppressAddress } from '../../../../people/index.ts'
import { implement } from '../../../implement.ts'
import { orNotFound } from '../../../lists.ts'
import { toSuppression } from '../../../to-person.ts'

export const createSuppression = implement(routes.createSuppression)(async ({
  parts,
  body,
  caller,
  inTenant,
  audit,
}) => {
  const { channel, reason } = body
  const suppression = await inTenant(async (tx) => {
    const address = getAddress(channel, body.address)
    const stop = { channel, address, reason, actor: caller.name, masterKey: parts.masterKey }
    const { id, isNew } = await suppressAddress(tx, stop)
    if (isNew) await audit(tx, { subject: `suppression:${id}`, detail: { channel, reason } })
    return findSuppressionById(tx, id)
  })
  return { status: 201, body: toSuppression(orNotFound(suppression, 'suppression')) }
})
