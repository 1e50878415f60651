import { routes } from '@neonhub/contract'
import { implement } from '../../../implement.ts'
import { toPage } from '../../../lists.ts'

export const listApprovals = implement(routes.listApprovals)(async ({ parts, query, inTenant }) => {
  const { limit, before, status } = query
  const rows = await inTenant((tx) => parts.services.listApprovals(tx, { limit: limit + 1, before, status }))
  const { items: approvals, nextBefore } = toPage(rows, limit)
  return { status: 200, body: { approvals, nextBefore } }
})
