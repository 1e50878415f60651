import { routes } from '@neonhub/contract'
import { readUnsubscribeToken } from '../../../../base/unsubscribe-token.ts'
import { implement } from '../../../implement.ts'
import { orNotFound } from '../../../lists.ts'
import { page } from './page.ts'

export const showUnsubscribe = implement(routes.showUnsubscribe)(async ({ parts, params }) => {
  const { address } = orNotFound(readUnsubscribeToken(parts.masterKey, params.token), 'unsubscribe link')
  return page({
    title: 'Unsubscribe',
    text: `Do you want no more mail to ${address} from this sender?`,
    button: 'Unsubscribe',
  })
})
