import { routes } from '@neonhub/contract'
import { readUnsubscribeToken } from '../../../../base/unsubscribe-token.ts'
import { withTenant } from '../../../../db/index.ts'
import { implement } from '../../../implement.ts'
import { orNotFound } from '../../../lists.ts'
import { suppressAddress } from '../../../sql/suppress-address.ts'
import { page } from './page.ts'

/** Needs no sign-in, no cookie and no second step (RFC 8058, 3.1): the token alone says who asks. */
export const unsubscribe = implement(routes.unsubscribe)(async ({ parts, params, audit }) => {
  const token = orNotFound(readUnsubscribeToken(parts.masterKey, params.token), 'unsubscribe link')
  const { organizationId, address } = token
  await withTenant(parts.database, organizationId, async (tx) => {
    const isNew = await suppressAddress(tx, { channel: 'email', address, reason: 'unsubscribed' })
    if (isNew) await audit(tx, { subject: `email:${address}` })
  })
  return page({ title: 'Unsubscribed', text: `There will be no more mail to ${address} from this sender.` })
})
