import { routes } from '@neonhub/contract'
import { asId } from '../../../../base/ids.ts'
import { implement } from '../../../implement.ts'
import { toPage } from '../../../lists.ts'

export const listRuns = implement(routes.listRuns)(async ({ parts, query, inTenant }) => {
  const { limit, before, status, parent } = query
  const rows = await inTenant((tx) =>
    parts.services.listRuns(tx, {
      limit: limit + 1,
      before,
      status,
      parent: parent === undefined ? undefined : asId(parent),
    }),
  )
  const { items: runs, nextBefore } = toPage(rows, limit)
  return { status: 200, body: { runs, nextBefore } }
})
