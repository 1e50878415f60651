import { routes } from '@neonhub/contract'
import { listSuppressions as list, listSuppressionsOf } from '../../../../people/index.ts'
import { implement } from '../../../implement.ts'
import { toPage } from '../../../lists.ts'
import { toSuppression } from '../../../to-person.ts'

export const listSuppressions = implement(routes.listSuppressions)(async ({ parts, query, inTenant }) => {
  const { address, before, limit } = query
  const { masterKey } = parts
  const rows = await inTenant((tx) =>
    address === undefined
      ? list(tx, { limit: limit + 1, before })
      : listSuppressionsOf(tx, { address, masterKey, limit: limit + 1 }),
  )
  const { items, nextBefore } = toPage(rows, limit)
  return { status: 200, body: { suppressions: items.map(toSuppression), nextBefore } }
})
