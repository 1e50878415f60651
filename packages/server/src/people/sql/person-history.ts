import { asId, newId, type PersonId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'
import { z } from 'zod'
import type { ConsentEntry, PersonEvent, PersonNote } from '../spec.ts'

const Evidence = z.looseObject({
  text: z.string().optional(),
  document: z.string().optional(),
  form: z.string().optional(),
  ip: z.string().optional(),
  givenAt: z.string().optional(),
})

/** At most `limit` entries of a person's ledger, the newest first. */
export async function listLedger(
  tx: TenantTx,
  { personId, limit }: { readonly personId: PersonId; readonly limit: number },
): Promise<readonly ConsentEntry[]> {
  const rows = await tx
    .selectFrom('person_consents as c')
    .innerJoin('person_identities as i', (join) =>
      join.onRef('i.organization_id', '=', 'c.organization_id').onRef('i.id', '=', 'c.identity_id'),
    )
    .select([
      'c.id',
      'c.channel',
      'c.purpose',
      'c.status',
      'c.source',
      'c.evidence',
      'c.actor',
      'c.recorded_at',
      'i.address',
    ])
    .where('c.organization_id', '=', tx.organizationId)
    .where('c.person_id', '=', personId)
    .orderBy('c.sequence', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ recorded_at: recordedAt, evidence, ...entry }) => ({
    ...entry,
    evidence: Evidence.parse(evidence),
    recordedAt,
  }))
}

/** At most `limit` of what happened to a person, the newest first. */
export async function listTimeline(
  tx: TenantTx,
  { personId, limit }: { readonly personId: PersonId; readonly limit: number },
): Promise<readonly PersonEvent[]> {
  const rows = await tx
    .selectFrom('events')
    .select(['id', 'type', 'data', 'actor', 'created_at'])
    .where('organization_id', '=', tx.organizationId)
    .where('person_id', '=', personId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ created_at: createdAt, ...event }) => ({ ...event, createdAt }))
}

/** At most `limit` notes on a person, the newest first. */
export async function listNotes(
  tx: TenantTx,
  { personId, limit }: { readonly personId: PersonId; readonly limit: number },
): Promise<readonly PersonNote[]> {
  const rows = await tx
    .selectFrom('person_notes')
    .select(['id', 'body', 'author', 'created_at'])
    .where('organization_id', '=', tx.organizationId)
    .where('person_id', '=', personId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ created_at: createdAt, ...note }) => ({ ...note, createdAt }))
}

export async function insertNote(
  tx: TenantTx,
  { personId, body, author }: { readonly personId: PersonId; readonly body: string; readonly author: string },
): Promise<PersonNote> {
  const row = await tx
    .insertInto('person_notes')
    .values({ organization_id: tx.organizationId, id: newId(), person_id: personId, body, author })
    .returning(['id', 'created_at'])
    .executeTakeFirstOrThrow()
  return { id: asId<'note'>(row.id), body, author, createdAt: row.created_at }
}
