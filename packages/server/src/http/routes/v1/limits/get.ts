import { routes } from '@neonhub/contract'
import { listLimits as readLimits } from '../../../../runtime/index.ts'
import { implement } from '../../../implement.ts'
import { toLimit } from '../../../to-limit.ts'

export const listLimits = implement(routes.listLimits)(async ({ inTenant }) => {
  const limits = await inTenant((tx) => readLimits(tx))
  return { status: 200, body: { limits: limits.map(toLimit) } }
})
