import { routes } from '@neonhub/contract'
import { listAudit } from '../../../../identity/index.ts'
import { implement } from '../../../implement.ts'
import { JsonMembers } from '../../../json-members.ts'
import { toPage } from '../../../lists.ts'

export const listAuditLogs = implement(routes.listAuditLogs)(async ({ query, inTenant }) => {
  const rows = await inTenant((tx) => listAudit(tx, { limit: query.limit + 1, before: query.before }))
  const { items, nextBefore } = toPage(rows, query.limit)
  const entries = items.map(({ detail, createdAt, ...entry }) => ({
    ...entry,
    detail: JsonMembers.parse(detail),
    createdAt: createdAt.toISOString(),
  }))
  return { status: 200, body: { entries, nextBefore } }
})
