import { sql, type TenantTx, toJsonText } from '../../../db/index.ts'
import { insertConsents } from '../../sql/insert-consents.ts'
import { recordPersonEvents } from '../../sql/record-event.ts'
import { addPersonTopics } from '../../sql/topics.ts'
import type { PlannedPerson } from '../import-people.ts'

/** Writes what an import planned, a statement a table. */
export async function writeImport(
  tx: TenantTx,
  {
    planned,
    source,
    actor,
  }: { readonly planned: readonly PlannedPerson[]; readonly source: string; readonly actor: string },
): Promise<void> {
  if (planned.length === 0) return
  await upsertPeople(tx, planned)
  await insertIdentities(
    tx,
    planned.flatMap(({ personId, newIdentities }) => newIdentities.map((identity) => ({ personId, ...identity }))),
  )
  await addPersonTopics(
    tx,
    planned.flatMap(({ personId, newTopics }) => newTopics.map((slug) => ({ personId, slug }))),
  )
  await recordPersonEvents(
    tx,
    planned.map(({ personId, line }) => ({ personId, type: 'imported', data: { source, line: line.line }, actor })),
  )
  await insertConsents(
    tx,
    planned.flatMap(({ personId, consentFor, line: { line, consent } }) =>
      consentFor === undefined || !consent
        ? []
        : [
            {
              personId,
              identityId: consentFor,
              channel: consent.channel,
              purpose: consent.purpose,
              status: consent.status,
              source: 'import',
              evidence: { ...consent.evidence, document: `${source}, line ${line}` },
              actor,
            },
          ],
    ),
  )
}

async function upsertPeople(tx: TenantTx, planned: readonly PlannedPerson[]): Promise<void> {
  const added = planned.filter(({ isNew }) => isNew)
  if (added.length > 0) {
    await tx
      .insertInto('people')
      .values(
        added.map(({ personId, name, language }) => ({
          organization_id: tx.organizationId,
          id: personId,
          name: name ?? '',
          language: language ?? null,
        })),
      )
      .execute()
  }
  const changed = planned
    .filter(({ isNew, name, language }) => !isNew && (name !== undefined || language !== undefined))
    .map(({ personId: id, name = null, language = null }) => ({ id, name, language }))
  if (changed.length === 0) return
  await sql`
    update people p set name = coalesce(c.name, p.name), language = coalesce(c.language, p.language), updated_at = now()
    from jsonb_to_recordset(${toJsonText(changed)}::text::jsonb) as c (id uuid, name text, language text)
    where p.organization_id = ${tx.organizationId} and p.id = c.id
  `.execute(tx)
}

type NewIdentity = PlannedPerson['newIdentities'][number] & Pick<PlannedPerson, 'personId'>

async function insertIdentities(tx: TenantTx, identities: readonly NewIdentity[]): Promise<void> {
  if (identities.length === 0) return
  await tx
    .insertInto('person_identities')
    .values(
      identities.map(({ id, personId, channel, address }) => ({
        organization_id: tx.organizationId,
        id,
        person_id: personId,
        channel,
        address,
      })),
    )
    .execute()
}
