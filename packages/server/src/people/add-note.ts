import type { PersonId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import { findPerson } from './sql/list-people.ts'
import { insertNote } from './sql/person-history.ts'
import { recordPersonEvents } from './sql/record-event.ts'
import type { PersonNote } from './spec.ts'

/** Adds a note on a person; undefined where there is no such person. */
export async function addNote(
  tx: TenantTx,
  note: { readonly personId: PersonId; readonly body: string; readonly author: string },
): Promise<PersonNote | undefined> {
  if (!(await findPerson(tx, note.personId))) return undefined
  const added = await insertNote(tx, note)
  await recordPersonEvents(tx, [
    { personId: note.personId, type: 'noted', data: { noteId: added.id }, actor: note.author },
  ])
  return added
}
