import { asId, type PersonId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import type { ContactChannel, Identity, Person } from '../spec.ts'
import { askedIds } from './asked-ids.ts'
import { listConsentStates } from './consent-states.ts'

interface Row {
  readonly id: string
  readonly name: string
  readonly language: string | null
  readonly created_at: Date
  readonly updated_at: Date
}

export interface PeopleQuery {
  readonly limit: number
  readonly before?: string | undefined
  /** Part of a name or of an address. */
  readonly search?: string | undefined
  /** A whole address. */
  readonly address?: string | undefined
  /** Slug. */
  readonly topic?: string | undefined
}

/** At most `limit` people, newest first, older than `before`. */
export async function listPeople(
  tx: TenantTx,
  { limit, before, search, address, topic }: PeopleQuery,
): Promise<readonly Person[]> {
  const part = search === undefined ? undefined : `%${search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
  const { rows } = await sql<Row>`
    select p.id, p.name, p.language, p.created_at, p.updated_at from people p
    where p.organization_id = ${tx.organizationId}
      ${before === undefined ? sql`` : sql`and p.id < ${before}::uuid`}
      ${
        part === undefined
          ? sql``
          : sql`and (p.name ilike ${part} or p.id in (
              select i.person_id from person_identities i
              where i.organization_id = ${tx.organizationId} and i.address::text ilike ${part}
            ))`
      }
      ${
        address === undefined
          ? sql``
          : sql`and p.id in (
              select i.person_id from person_identities i
              where i.organization_id = ${tx.organizationId} and i.mailbox = mailbox_of(${address}::citext)
                and i.address = ${address}::citext
            )`
      }
      ${
        topic === undefined
          ? sql``
          : sql`and p.id in (
              select pt.person_id from person_topics pt
              join topics t on t.organization_id = pt.organization_id and t.id = pt.topic_id
              where pt.organization_id = ${tx.organizationId} and t.slug = ${topic}::citext
            )`
      }
    order by p.id desc limit ${limit}
  `.execute(tx)
  return withParts(tx, rows)
}

/** A person; undefined where there is none of this id in the organization. */
export async function findPerson(tx: TenantTx, id: PersonId): Promise<Person | undefined> {
  const row = await tx
    .selectFrom('people')
    .select(['id', 'name', 'language', 'created_at', 'updated_at'])
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && (await withParts(tx, [row]))[0]
}

async function withParts(tx: TenantTx, rows: readonly Row[]): Promise<readonly Person[]> {
  const ids = rows.map(({ id }) => asId<'person'>(id))
  const [identities, consents, topics] = [
    await identitiesOf(tx, ids),
    await listConsentStates(tx, ids),
    await topicsOf(tx, ids),
  ]
  return rows.map(({ id, name, language, created_at: createdAt, updated_at: updatedAt }) => ({
    id: asId(id),
    name,
    language: language ?? undefined,
    identities: identities.get(id) ?? [],
    consents: (consents.get(asId(id)) ?? []).map(({ identityId: _identityId, ...state }) => state),
    topics: topics.get(id) ?? [],
    createdAt,
    updatedAt,
  }))
}

async function identitiesOf(tx: TenantTx, ids: readonly PersonId[]): Promise<ReadonlyMap<string, readonly Identity[]>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{
    person_id: string
    id: string
    channel: ContactChannel
    address: string
    verified_at: Date | null
    reason: string | null
  }>`
    with ${askedIds(ids)}
    select i.person_id, i.id, i.channel, i.address, i.verified_at, (
      select s.reason from suppressions s
      where s.organization_id = i.organization_id and s.channel = i.channel::text and s.mailbox = i.mailbox limit 1
    ) as reason
    from asked join person_identities i on i.organization_id = ${tx.organizationId} and i.person_id = asked.id
    order by i.person_id, i.id
  `.execute(tx)
  const identities = rows.map(({ person_id: personId, id, channel, address, verified_at: verifiedAt, reason }) => ({
    personId,
    identity: {
      id: asId<'identity'>(id),
      channel,
      address,
      verifiedAt: verifiedAt ?? undefined,
      suppressed: reason ?? undefined,
    },
  }))
  return new Map(
    [...Map.groupBy(identities, ({ personId }) => personId)].map(([personId, own]) => [
      personId,
      own.map(({ identity }) => identity),
    ]),
  )
}

async function topicsOf(tx: TenantTx, ids: readonly PersonId[]): Promise<ReadonlyMap<string, readonly string[]>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{ person_id: string; slugs: readonly string[] }>`
    with ${askedIds(ids)}
    select pt.person_id, jsonb_agg(t.slug::text order by t.slug) as slugs
    from asked join person_topics pt on pt.organization_id = ${tx.organizationId} and pt.person_id = asked.id
    join topics t on t.organization_id = pt.organization_id and t.id = pt.topic_id
    group by pt.person_id
  `.execute(tx)
  return new Map(rows.map(({ person_id: personId, slugs }) => [personId, slugs]))
}
