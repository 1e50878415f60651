import { routes } from '@neonhub/contract'
import { listTrainingJobs as list } from '../../../../learning/index.ts'
import { implement } from '../../../implement.ts'
import { toPage } from '../../../lists.ts'
import { toTrainingJob } from '../../../to-voice-tuning.ts'

export const listTrainingJobs = implement(routes.listTrainingJobs)(async ({ query, inTenant }) => {
  const rows = await inTenant((tx) => list(tx, { ...query, limit: query.limit + 1 }))
  const { items, nextBefore } = toPage(rows, query.limit)
  return { status: 200, body: { trainingJobs: items.map(toTrainingJob), nextBefore } }
})
