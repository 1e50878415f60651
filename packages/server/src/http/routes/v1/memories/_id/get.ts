import { routes } from '@neonhub/contract'
import { findMemory } from '../../../../../knowledge/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toMemory } from '../../../../to-memory.ts'

export const getMemory = implement(routes.getMemory)(async ({ params, inTenant }) => {
  const memory = await inTenant((tx) => findMemory(tx, params.id))
  return { status: 200, body: toMemory(orNotFound(memory, 'memory')) }
})
