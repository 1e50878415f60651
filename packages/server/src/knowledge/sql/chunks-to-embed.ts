import type { BrandId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import { contextualTextOf } from '../chunk/chunk-document.ts'
import { z } from 'zod'

/** A chunk that has no vector in a space. */
export interface ChunkToEmbed {
  readonly id: string
  readonly sha256: string
  /** Title, headings and text: what is embedded. */
  readonly contextualText: string
}

const Headings = z.array(z.string())

/** The next chunks of the brand by their ids, from `after` on, that have no vector in the space. */
export async function chunksToEmbed(
  tx: TenantTx,
  {
    brandId,
    spaceId,
    after,
    limit,
  }: {
    readonly brandId: BrandId
    readonly spaceId: string
    readonly after: string | undefined
    readonly limit: number
  },
): Promise<readonly ChunkToEmbed[]> {
  const result = await sql<{
    id: string
    sha256: string
    title: string
    headingPath: unknown
    text: string
    contextualText: string | null
  }>`
    select c.id, c.content_hash as sha256, d.title, c.heading_path as "headingPath", c.text,
      c.contextual_text as "contextualText"
    from chunks c
    join documents d on d.organization_id = c.organization_id and d.id = c.document_id
    where c.organization_id = ${tx.organizationId} and c.brand_id = ${brandId}
      and (${after ?? null}::uuid is null or c.id > ${after ?? null}::uuid)
      and not exists (
        select from chunk_embeddings e
        where e.organization_id = c.organization_id and e.chunk_id = c.id and e.embedding_space_id = ${spaceId}
      )
    order by c.id
    limit ${limit}
  `.execute(tx)
  return result.rows.map(({ id, sha256, title, headingPath, text, contextualText }) => ({
    id,
    sha256,
    contextualText: contextualText ?? contextualTextOf(title, { headingPath: Headings.parse(headingPath), text }),
  }))
}
