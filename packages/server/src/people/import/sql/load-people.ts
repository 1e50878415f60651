import { asId, type PersonId } from '../../../base/ids.ts'
import { sql, type TenantTx } from '../../../db/index.ts'
import { askedIds } from '../../sql/asked-ids.ts'

export interface KnownPerson {
  readonly name: string
  readonly language: string | undefined
  /** Slugs. */
  readonly topics: ReadonlySet<string>
}

/** What is known of these people, as an import compares it. */
export async function loadPeople(
  tx: TenantTx,
  personIds: readonly PersonId[],
): Promise<ReadonlyMap<PersonId, KnownPerson>> {
  if (personIds.length === 0) return new Map()
  const { rows } = await sql<{ id: string; name: string; language: string | null; topics: readonly string[] }>`
    with ${askedIds(personIds)}
    select p.id, p.name, p.language,
      coalesce((
        select jsonb_agg(t.slug::text) from person_topics pt
        join topics t on t.organization_id = pt.organization_id and t.id = pt.topic_id
        where pt.organization_id = p.organization_id and pt.person_id = p.id
      ), '[]') as topics
    from asked join people p on p.organization_id = ${tx.organizationId} and p.id = asked.id
  `.execute(tx)
  return new Map(
    rows.map(({ id, name, language, topics }) => [
      asId<'person'>(id),
      { name, language: language ?? undefined, topics: new Set(topics) },
    ]),
  )
}
