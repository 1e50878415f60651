import { type BrandId, type DatasetId, newId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import { insertEmbeddings } from './insert-embeddings.ts'
import { type Chunk, contextualTextOf } from '../chunk/chunk-document.ts'

/** A document as it is stored, with its chunks and the vector of each, as pgvector writes it. */
export interface IndexedDocument {
  readonly path: string
  readonly title: string
  readonly mediaType: string
  readonly origin: 'own' | 'web'
  readonly contentHash: string
  readonly chunks: readonly (Chunk & { readonly embedding: string })[]
}

export interface DocumentPlace {
  readonly brandId: BrandId
  readonly datasetId: DatasetId
  /** Where the vectors of the document's chunks belong. */
  readonly spaceId: string
  /** A text search configuration of PostgreSQL. */
  readonly configuration: string
}

/** Some hundred kilobytes a statement, whatever the document. */
const chunksPerStatement = 50

/** Puts a document with its chunks in the place of what its path held. */
export async function replaceDocument(tx: TenantTx, place: DocumentPlace, document: IndexedDocument): Promise<void> {
  const { path, title, mediaType, origin, contentHash, chunks } = document
  const wordCount = chunks.reduce((sum, chunk) => sum + chunk.wordCount, 0)
  const result = await sql<{ id: string }>`
    insert into documents
      (organization_id, id, brand_id, dataset_id, path, title, media_type, origin, content_hash, word_count)
    values (${tx.organizationId}, ${newId()}, ${place.brandId}, ${place.datasetId}, ${path}, ${title}, ${mediaType},
      ${origin}, ${contentHash}, ${wordCount})
    on conflict (organization_id, dataset_id, path) do update set
      title = excluded.title, media_type = excluded.media_type, origin = excluded.origin,
      content_hash = excluded.content_hash, word_count = excluded.word_count, updated_at = now()
    returning id
  `.execute(tx)
  const documentId = result.rows[0]?.id
  await sql`
    delete from chunks where organization_id = ${tx.organizationId} and document_id = ${documentId}
  `.execute(tx)
  for (let start = 0; start < chunks.length; start += chunksPerStatement) {
    const rows = chunks.slice(start, start + chunksPerStatement).map((chunk) => ({
      id: newId(),
      ...chunk,
      storedText: chunk.contextualText === contextualTextOf(title, chunk) ? null : chunk.contextualText,
    }))
    await sql`
      insert into chunks (organization_id, id, brand_id, document_id, ordinal, heading_path, text, contextual_text,
        start_line, end_line, content_hash, untrusted, search)
      select ${tx.organizationId}, r.id, ${place.brandId}::uuid, ${documentId}::uuid, r.ordinal, r."headingPath",
        r.text, r."storedText", r."startLine", r."endLine", r.sha256, ${origin === 'web'}::boolean,
        to_tsvector(${place.configuration}::regconfig, r."contextualText")
      from jsonb_to_recordset(${jsonb(rows)}) as r (id uuid, ordinal integer, "headingPath" jsonb, text text,
        "storedText" text, "contextualText" text, sha256 text, "startLine" integer, "endLine" integer)
    `.execute(tx)
    await insertEmbeddings(tx, {
      brandId: place.brandId,
      spaceId: place.spaceId,
      vectors: rows.map(({ id, embedding }) => ({ chunkId: id, embedding })),
    })
  }
}
