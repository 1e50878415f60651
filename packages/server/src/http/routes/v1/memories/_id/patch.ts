import { routes } from '@neonhub/contract'
import { findMemory, updateMemory } from '../../../../../knowledge/index.ts'
import { getAgent } from '../../../../agent-settings.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toMemory } from '../../../../to-memory.ts'

export const changeMemory = implement(routes.changeMemory)(async (call) => {
  const { parts, params, body, caller, inTenant, audit } = call
  const { accept, pinned, expiresAt, agent } = body
  if (typeof agent === 'string') getAgent(parts, agent)
  const memory = await inTenant(async (tx) => {
    await updateMemory(tx, {
      id: params.id,
      pinned,
      agent,
      expiresAt: typeof expiresAt === 'string' ? new Date(expiresAt) : expiresAt,
      acceptedBy: accept ? caller.name : undefined,
    })
    const found = orNotFound(await findMemory(tx, params.id), 'memory')
    await audit(tx, { subject: `memory:${params.id}`, detail: body })
    return found
  })
  return { status: 200, body: toMemory(memory) }
})
