import { asId, newId, type PersonId, type TopicId } from '../../base/ids.ts'
import { sql, type TenantTx, toJsonText } from '../../db/index.ts'
import type { Topic } from '../spec.ts'

/** Every topic by name, with how many people are interested in it. */
export async function listTopics(tx: TenantTx): Promise<readonly Topic[]> {
  const { rows } = await sql<{ id: string; slug: string; name: string; description: string; people: number }>`
    select t.id, t.slug, t.name, t.description, (
      select count(*)::int from person_topics p where p.organization_id = t.organization_id and p.topic_id = t.id
    ) as people
    from topics t where t.organization_id = ${tx.organizationId} order by t.name, t.id
  `.execute(tx)
  return rows.map((row) => ({ ...row, id: asId(row.id) }))
}

/** Adds a topic; undefined where the slug is taken. */
export async function insertTopic(
  tx: TenantTx,
  { slug, name, description }: { readonly slug: string; readonly name: string; readonly description: string },
): Promise<TopicId | undefined> {
  const row = await tx
    .insertInto('topics')
    .values({ organization_id: tx.organizationId, id: newId(), slug, name, description })
    .onConflict((conflict) => conflict.columns(['organization_id', 'slug']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return row && asId(row.id)
}

/** Notes interests; a topic that is not there yet is made, named like its slug. */
export async function addPersonTopics(
  tx: TenantTx,
  interests: readonly { readonly personId: PersonId; readonly slug: string }[],
): Promise<void> {
  if (interests.length === 0) return
  for (const slug of new Set(interests.map((interest) => interest.slug))) {
    await insertTopic(tx, { slug, name: slug, description: '' })
  }
  await sql`
    insert into person_topics (organization_id, person_id, topic_id)
    select ${tx.organizationId}, asked."personId", t.id
    from jsonb_to_recordset(${toJsonText(interests)}::text::jsonb) as asked ("personId" uuid, slug citext)
    join topics t on t.organization_id = ${tx.organizationId} and t.slug = asked.slug
    on conflict do nothing
  `.execute(tx)
}

/** Takes away the interests that are not among `slugs`; returns whether there were any. */
export async function removeOtherTopics(
  tx: TenantTx,
  { personId, slugs }: { readonly personId: PersonId; readonly slugs: readonly string[] },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from person_topics pt using topics t
    where pt.organization_id = ${tx.organizationId} and pt.person_id = ${personId}
      and t.organization_id = pt.organization_id and t.id = pt.topic_id
      and t.slug not in (select slug::citext from jsonb_array_elements_text(${toJsonText(slugs)}::text::jsonb) as kept (slug))
  `.execute(tx)
  return (numAffectedRows ?? 0n) > 0n
}
