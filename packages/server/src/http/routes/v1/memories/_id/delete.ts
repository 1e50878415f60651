import { routes } from '@neonhub/contract'
import { deleteMemory as forget, findMemory } from '../../../../../knowledge/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toMemory } from '../../../../to-memory.ts'

export const deleteMemory = implement(routes.deleteMemory)(async ({ params, inTenant, audit }) => {
  const memory = await inTenant(async (tx) => {
    const found = orNotFound(await findMemory(tx, params.id), 'memory')
    await forget(tx, found.id)
    await audit(tx, { subject: `memory:${found.id}`, detail: { brand: found.brand, kind: found.kind } })
    return found
  })
  return { status: 200, body: toMemory(memory) }
})
