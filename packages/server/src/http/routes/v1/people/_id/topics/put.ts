import { routes } from '@neonhub/contract'
import { asId, type PersonId } from '../../../../../../base/ids.ts'
import { findPerson, setTopics } from '../../../../../../people/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toPerson } from '../../../../../to-person.ts'

export const setPersonTopics = implement(routes.setPersonTopics)(async ({ params, body, caller, inTenant, audit }) => {
  const personId: PersonId = asId(params.id)
  const slugs = [...new Set(body.topics)]
  const person = await inTenant(async (tx) => {
    const isThere = await setTopics(tx, { personId, slugs, actor: caller.name })
    if (isThere) await audit(tx, { subject: `person:${personId}`, detail: { topics: slugs } })
    return findPerson(tx, personId)
  })
  return { status: 200, body: toPerson(orNotFound(person, 'person')) }
})
