import { z } from 'zod'
import { asId, type ChunkId, type DocumentId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

const Headings = z.array(z.string())

/** A passage with where it stands. */
export interface StoredChunk {
  readonly chunkId: ChunkId
  readonly documentId: DocumentId
  /** Path within the folder, or the page's URL. */
  readonly path: string
  readonly title: string
  /** Outermost first. */
  readonly headingPath: readonly string[]
  readonly text: string
  /** In the source, counted from 1. */
  readonly startLine: number
  readonly endLine: number
  /** Text from outside the organization. */
  readonly untrusted: boolean
}

/** The chunks of these ids, in no order. */
export async function loadChunks(tx: TenantTx, ids: readonly string[]): Promise<readonly StoredChunk[]> {
  const result = await sql<Omit<StoredChunk, 'headingPath'> & { readonly headingPath: unknown }>`
    select c.id as "chunkId", c.document_id as "documentId", d.path, d.title, c.heading_path as "headingPath", c.text,
      c.start_line as "startLine", c.end_line as "endLine", c.untrusted
    from chunks c
    join documents d on d.organization_id = c.organization_id and d.id = c.document_id
    where c.organization_id = ${tx.organizationId}
      and c.id = any(${ids}::uuid[])
  `.execute(tx)
  return result.rows.map((row) => ({
    ...row,
    chunkId: asId(row.chunkId),
    documentId: asId(row.documentId),
    headingPath: Headings.parse(row.headingPath),
  }))
}
