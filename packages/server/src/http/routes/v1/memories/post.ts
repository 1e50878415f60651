import { routes } from '@neonhub/contract'
import { asId } from '../../../../base/ids.ts'
import { createMemory as create, findBrand, findMemory } from '../../../../knowledge/index.ts'
import { findPerson } from '../../../../people/index.ts'
import { getAgent } from '../../../agent-settings.ts'
import { implement } from '../../../implement.ts'
import { orNotFound } from '../../../lists.ts'
import { toMemory } from '../../../to-memory.ts'

export const createMemory = implement(routes.createMemory)(async ({ parts, body, caller, inTenant, audit }) => {
  const { brand: slug, kind, text, agent, pinned, replaces } = body
  if (agent !== undefined) getAgent(parts, agent)
  const memory = await inTenant(async (tx) => {
    const brand = orNotFound(await findBrand(tx, slug), 'brand')
    const person =
      body.personId === undefined ? undefined : orNotFound(await findPerson(tx, asId(body.personId)), 'person')
    const expiresAt = body.expiresAt === undefined ? undefined : new Date(body.expiresAt)
    const about = { brandId: asId<'brand'>(brand.id), personId: person?.id }
    const told = { kind, text, agent, pinned, expiresAt, replaces }
    const id = await create(tx, { ...about, ...told, createdBy: caller.name })
    await audit(tx, { subject: `memory:${id}`, detail: { brand: slug, kind, ...(replaces ? { replaces } : {}) } })
    return orNotFound(await findMemory(tx, id), 'memory')
  })
  return { status: 201, body: toMemory(memory) }
})
