import { routes } from '@neonhub/contract'
import { asId, type PersonId } from '../../../../../../base/ids.ts'
import { findPerson, recordConsent as record } from '../../../../../../people/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toPerson } from '../../../../../to-person.ts'

export const recordConsent = implement(routes.recordConsent)(async ({ params, body, caller, inTenant, audit }) => {
  const personId: PersonId = asId(params.id)
  const { channel, purpose, status } = body
  const person = await inTenant(async (tx) => {
    const isThere = await record(tx, { ...body, personId, actor: caller.name })
    if (isThere) await audit(tx, { subject: `person:${personId}`, detail: { channel, purpose, status } })
    return findPerson(tx, personId)
  })
  return { status: 201, body: toPerson(orNotFound(person, 'person')) }
})
