import { routes } from '@neonhub/contract'
import { listModelVersions as list } from '../../../../learning/index.ts'
import { implement } from '../../../implement.ts'
import { toPage } from '../../../lists.ts'
import { toModelVersion } from '../../../to-voice-tuning.ts'

export const listModelVersions = implement(routes.listModelVersions)(async ({ query, inTenant }) => {
  const rows = await inTenant((tx) => list(tx, { ...query, limit: query.limit + 1 }))
  const { items, nextBefore } = toPage(rows, query.limit)
  return { status: 200, body: { modelVersions: items.map(toModelVersion), nextBefore } }
})
