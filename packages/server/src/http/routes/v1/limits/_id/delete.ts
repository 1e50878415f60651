import { routes } from '@neonhub/contract'
import { compact } from '../../../../../base/compact.ts'
import { removeLimit as takeAway } from '../../../../../runtime/index.ts'
import { implement } from '../../../../implement.ts'
import { toLimit } from '../../../../to-limit.ts'

export const removeLimit = implement(routes.removeLimit)(async ({ params, inTenant, audit }) => {
  const limit = await inTenant(async (tx) => {
    const { scope, brand, agent, connection, ...taken } = await takeAway(tx, params.id)
    await audit(tx, { subject: `limit:${params.id}`, detail: compact({ scope, brand, agent, connection }) })
    return { ...taken, scope, ...compact({ brand, agent, connection }) }
  })
  return { status: 200, body: toLimit(limit) }
})
