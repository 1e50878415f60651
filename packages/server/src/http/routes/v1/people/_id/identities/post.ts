import { routes } from '@neonhub/contract'
import { asId, type PersonId } from '../../../../../../base/ids.ts'
import { addIdentity, findPerson } from '../../../../../../people/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toPerson } from '../../../../../to-person.ts'

export const addPersonIdentity = implement(routes.addPersonIdentity)(async ({
  parts,
  params,
  body,
  inTenant,
  audit,
}) => {
  const personId: PersonId = asId(params.id)
  const person = await inTenant(async (tx) => {
    const isThere = await addIdentity(tx, { personId, identity: body, masterKey: parts.masterKey })
    if (isThere) await audit(tx, { subject: `person:${personId}`, detail: { channel: body.channel } })
    return findPerson(tx, personId)
  })
  return { status: 201, body: toPerson(orNotFound(person, 'person')) }
})
