import { routes } from '@neonhub/contract'
import { listPeople as list } from '../../../../people/index.ts'
import { implement } from '../../../implement.ts'
import { toPage } from '../../../lists.ts'
import { toPerson } from '../../../to-person.ts'

export const listPeople = implement(routes.listPeople)(async ({ query, inTenant }) => {
  const rows = await inTenant((tx) => list(tx, { ...query, limit: query.limit + 1 }))
  const { items, nextBefore } = toPage(rows, query.limit)
  return { status: 200, body: { people: items.map(toPerson), nextBefore } }
})
