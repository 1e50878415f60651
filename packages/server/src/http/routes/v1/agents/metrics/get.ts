import { routes } from '@neonhub/contract'
import { compact } from '../../../../../base/compact.ts'
import { listRunMetrics } from '../../../../../runtime/index.ts'
import { implement } from '../../../../implement.ts'

export const getAgentMetrics = implement(routes.getAgentMetrics)(async ({ query, inTenant }) => {
  const { days, ...report } = await inTenant((tx) => listRunMetrics(tx, query))
  return { status: 200, body: { ...report, days: days.map((day) => compact(day)) } }
})
