import { routes } from '@neonhub/contract'
import { asId, type PersonId } from '../../../../../../base/ids.ts'
import { addNote } from '../../../../../../people/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'

export const addPersonNote = implement(routes.addPersonNote)(async ({ params, body, caller, inTenant, audit }) => {
  const personId: PersonId = asId(params.id)
  const note = await inTenant(async (tx) => {
    const added = await addNote(tx, { personId, body: body.body, author: caller.name })
    if (added) await audit(tx, { subject: `person:${personId}`, detail: { noteId: added.id } })
    return added
  })
  const { createdAt, ...rest } = orNotFound(note, 'person')
  return { status: 201, body: { ...rest, createdAt: createdAt.toISOString() } }
})
