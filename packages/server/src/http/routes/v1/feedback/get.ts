import { routes } from '@neonhub/contract'
import { listFeedback as list } from '../../../../marketing/index.ts'
import { implement } from '../../../implement.ts'
import { toPage } from '../../../lists.ts'
import { toFeedback } from '../../../to-feedback.ts'

export const listFeedback = implement(routes.listFeedback)(async ({ query, inTenant }) => {
  const rows = await inTenant((tx) => list(tx, { ...query, limit: query.limit + 1 }))
  const { items, nextBefore } = toPage(rows, query.limit)
  return { status: 200, body: { feedback: items.map(toFeedback), nextBefore } }
})
