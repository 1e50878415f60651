import type { PersonId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import { findPerson } from './sql/list-people.ts'
import { listObjectives } from './sql/objectives.ts'
import { listLedger, listNotes, listTimeline } from './sql/person-history.ts'
import type { PersonDetail } from './spec.ts'

/** A person with the newest `limit` of the ledger, the timeline, the notes and the objectives; undefined where there is none. */
export async function findPersonDetail(
  tx: TenantTx,
  { personId, limit }: { readonly personId: PersonId; readonly limit: number },
): Promise<PersonDetail | undefined> {
  const person = await findPerson(tx, personId)
  if (!person) return undefined
  return {
    ...person,
    ledger: await listLedger(tx, { personId, limit }),
    timeline: await listTimeline(tx, { personId, limit }),
    notes: await listNotes(tx, { personId, limit }),
    objectives: await listObjectives(tx, { personId, limit }),
  }
}
