import type { BrandId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { EmbeddingSpace } from '../sql/embedding-space.ts'
import { ensureEmbeddingSpace } from '../sql/ensure-embedding-space.ts'
import type { MemoryKind } from './memories.ts'

/** Whom a brand's memories are recalled for. */
export interface RecallFor {
  readonly brandId: BrandId
  /** Name of the agent that is told. */
  readonly agent: string
}

/** A text that a vector is made of. */
export interface MemoryToEmbed {
  readonly id: string
  readonly text: string
}

export interface RecalledMemory {
  readonly id: string
  readonly kind: MemoryKind
  readonly text: string
}

const toldTo = (tx: TenantTx, { brandId, agent }: RecallFor) => sql`
  m.organization_id = ${tx.organizationId} and m.brand_id = ${brandId} and m.status = 'active'
  and m.replaced_by is null and (m.expires_at is null or m.expires_at > now())
  and (m.agent is null or m.agent = ${agent})
`

/**
 * How many memories the agent may be told, and those of them that have no vector of their present text in a space: the
 * one that the brand is searched in, or none yet. What a change of the brand's model left behind is among them.
 */
export async function listMemoriesToEmbed(
  tx: TenantTx,
  { spaceId, ...whom }: RecallFor & { readonly spaceId: string | undefined },
): Promise<{ readonly count: number; readonly missing: readonly MemoryToEmbed[] }> {
  const { rows } = await sql<MemoryToEmbed & { readonly isEmbedded: boolean }>`
    select m.id, m.text,
      coalesce(m.embedding_space_id = ${spaceId ?? null}::uuid and m.embedded_hash = md5(m.text), false) as "isEmbedded"
    from agent_memories m where ${toldTo(tx, whom)} order by m.id
  `.execute(tx)
  const missing = rows.filter(({ isEmbedded }) => !isEmbedded).map(({ id, text }) => ({ id, text }))
  return { count: rows.length, missing }
}

/** Keeps vectors of memories whose text is still the one that they were made of. */
export async function storeMemoryVectors(
  tx: TenantTx,
  {
    space,
    vectors,
  }: {
    readonly space: EmbeddingSpace
    readonly vectors: readonly (MemoryToEmbed & { readonly vector: readonly number[] })[]
  },
): Promise<void> {
  if (vectors.length === 0) return
  const spaceId = await ensureEmbeddingSpace(tx, space)
  const rows = vectors.map(({ id, text, vector }) => ({ id, text, embedding: `[${vector.join(',')}]` }))
  // In order: two runs that recall the same memories would else wait for each other.
  await sql`
    with made as materialized (
      select m.id, r.embedding
      from jsonb_to_recordset(${jsonb(rows)}) as r (id uuid, text text, embedding text)
      join agent_memories m on m.organization_id = ${tx.organizationId} and m.id = r.id and m.text = r.text
      order by m.id
      for update of m
    )
    update agent_memories m
    set embedding = made.embedding::vector, embedding_space_id = ${spaceId}::uuid, embedded_hash = md5(m.text)
    from made where m.organization_id = ${tx.organizationId} and m.id = made.id
  `.execute(tx)
}

/**
 * What the agent is told: pinned memories first, then the nearest to the vector and the newest side by side, where a
 * newest place counts as two nearest ones. At most `limit`. One without a vector in the space is found by its age.
 */
export async function recallMemories(
  tx: TenantTx,
  {
    space,
    vector,
    limit,
    ...whom
  }: RecallFor & {
    readonly space: EmbeddingSpace
    /** Of unit length. */
    readonly vector: readonly number[]
    readonly limit: number
  },
): Promise<readonly RecalledMemory[]> {
  const spaceId = await ensureEmbeddingSpace(tx, space)
  const query = sql`${`[${vector.join(',')}]`}::vector`
  const { rows } = await sql<RecalledMemory>`
    select id, kind, text from (
      select m.id, m.kind, m.text, m.pinned, row_number() over (order by m.id desc) as age,
        -- Vectors of another space have another dimension, and comparing them fails.
        row_number() over (
          order by case when m.embedding_space_id = ${spaceId}::uuid then m.embedding <#> ${query} end nulls last, m.id desc
        ) as nearness
      from agent_memories m where ${toldTo(tx, whom)}
    ) as told
    order by pinned desc, least(nearness, 2 * age), id desc
    limit ${limit}
  `.execute(tx)
  return rows
}
