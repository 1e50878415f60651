import { routes } from '@neonhub/contract'
import { listMemories as list } from '../../../../knowledge/index.ts'
import { implement } from '../../../implement.ts'
import { toPage } from '../../../lists.ts'
import { toMemory } from '../../../to-memory.ts'

export const listMemories = implement(routes.listMemories)(async ({ query, inTenant }) => {
  const rows = await inTenant((tx) => list(tx, { ...query, limit: query.limit + 1 }))
  const { items, nextBefore } = toPage(rows, query.limit)
  return { status: 200, body: { memories: items.map(toMemory), nextBefore } }
})
