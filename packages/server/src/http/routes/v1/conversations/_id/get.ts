import { routes } from '@neonhub/contract'
import { implement } from '../../../../implement.ts'
import { getConversationDetail } from '../../../../to-conversation.ts'

export const getConversation = implement(routes.getConversation)(async ({ params, inTenant }) => ({
  status: 200,
  body: await inTenant((tx) => getConversationDetail(tx, params.id)),
}))
