import { routes } from '@neonhub/contract'
import { readUnsubscribeToken } from '../../../../base/unsubscribe-token.ts'
import { withTenant } from '../../../../db/index.ts'
import { unsubscribe as stopMail } from '../../../../people/index.ts'
import { implement } from '../../../implement.ts'
import { orNotFound } from '../../../lists.ts'
import { page } from './page.ts'

/** Needs no sign-in, no cookie and no second step (RFC 8058, 3.1): the token alone says who asks. */
export const unsubscribe = implement(routes.unsubscribe)(async ({ parts, params, audit }) => {
  const { masterKey } = parts
  const { organizationId, address } = orNotFound(readUnsubscribeToken(masterKey, params.token), 'unsubscribe link')
  await withTenant(parts.database, organizationId, async (tx) => {
    const { suppressionId, isNew } = await stopMail(tx, { address, masterKey })
    // By its id: who asks to be erased later must not stand in the log.
    if (isNew) await audit(tx, { subject: `suppression:${suppressionId}` })
  })
  return page({ title: 'Unsubscribed', text: `There will be no more mail to ${address} from this sender.` })
})
