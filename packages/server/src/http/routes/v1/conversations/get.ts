import { routes } from '@neonhub/contract'
import { listConversations as list } from '../../../../knowledge/index.ts'
import { implement } from '../../../implement.ts'
import { toPage } from '../../../lists.ts'
import { toConversation } from '../../../to-conversation.ts'

export const listConversations = implement(routes.listConversations)(async ({ query, inTenant }) => {
  const rows = await inTenant((tx) => list(tx, { ...query, limit: query.limit + 1 }))
  const { items, nextBefore } = toPage(rows, query.limit)
  return { status: 200, body: { conversations: items.map(toConversation), nextBefore } }
})
