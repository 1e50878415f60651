import { routes } from '@neonhub/contract'
import { compact } from '../../../../base/compact.ts'
import { setLimit as writeLimit } from '../../../../runtime/index.ts'
import { implement } from '../../../implement.ts'
import { toLimit } from '../../../to-limit.ts'

export const setLimit = implement(routes.setLimit)(async ({ parts, body, caller, inTenant, audit }) => {
  const limit = await inTenant(async (tx) => {
    const written = await writeLimit(tx, parts.services.agents, { ...body, actor: caller.name })
    await audit(tx, { subject: `limit:${written.id}`, detail: compact(body) })
    return written
  })
  return { status: 200, body: toLimit(limit) }
})
