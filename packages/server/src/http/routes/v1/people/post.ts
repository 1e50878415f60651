import { routes } from '@neonhub/contract'
import { addPerson, findPerson } from '../../../../people/index.ts'
import { implement } from '../../../implement.ts'
import { orNotFound } from '../../../lists.ts'
import { toPerson } from '../../../to-person.ts'

export const createPerson = implement(routes.createPerson)(async ({ parts, body, caller, inTenant, audit }) => {
  const { masterKey } = parts
  const person = await inTenant(async (tx) => {
    const id = await addPerson(tx, { ...body, language: body.language, actor: caller.name, masterKey })
    await audit(tx, { subject: `person:${id}` })
    return findPerson(tx, id)
  })
  return { status: 201, body: toPerson(orNotFound(person, 'person')) }
})
