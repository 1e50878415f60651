import type { OrganizationId } from '../../base/ids.ts'
import { type Database, withTenant } from '../../db/index.ts'
import { type Chunk, chunkDocument, defaultChunkSizes } from '../chunk/chunk-document.ts'
import { type DocumentVersion, type ImportPlan, planImport } from '../plan-import.ts'
import type { SkippedSource, SourceItem } from '../sources/source-item.ts'
import { holdSearchSpace } from '../sql/hold-search-space.ts'
import { replaceDocument } from '../sql/replace-document.ts'
import { textSearchConfiguration } from '../text-search-configuration.ts'
import { embedChunks } from './embed-chunks.ts'
import type { EmbeddingPlace } from './open-embedding-place.ts'
import { prepareDocument, type ReadDocument } from './prepare-document.ts'
import type { ImportTarget } from './store-brand.ts'

/** How far an import is. */
export interface ImportProgress {
  readonly stage: 'read' | 'parse' | 'chunk' | 'embed' | 'store'
  /** Documents, or texts where the stage is `embed`. */
  readonly done: number
  /** Of documents, also those that will be skipped. Absent for texts. */
  readonly total?: number
  /** The document that is being worked on: its path or its URL. */
  readonly item?: string
}

export interface ImportDocumentsOptions {
  readonly database: Database
  readonly organizationId: OrganizationId
  /** Asked at first, and again where the brand has gone over to another model meanwhile. */
  readonly openPlace: () => Promise<EmbeddingPlace>
  readonly target: ImportTarget
  /** How many items will come; undefined where that is not known. */
  readonly total: number | undefined
  readonly onProgress: (progress: ImportProgress) => void
  readonly signal: AbortSignal | undefined
}

export interface ImportedDocuments {
  readonly plan: ImportPlan<DocumentVersion>
  readonly skipped: readonly SkippedSource[]
  /** Passages that were written. */
  readonly chunks: number
  /** Where their vectors are. */
  readonly spaceId: string
}

interface PendingDocument extends ReadDocument {
  readonly chunks: readonly Chunk[]
}

/** Documents wait until they have so many chunks together, so that many small ones share a call of the model. */
const chunksPerRound = 32

/**
 * Takes documents as they come: parses, cuts, embeds and stores those that are new or changed. At most one round of
 * them is in memory. What is gone is told in the plan and not deleted here.
 */
export async function importDocuments(
  items: { readonly first: IteratorResult<SourceItem>; readonly rest: AsyncIterator<SourceItem> },
  options: ImportDocumentsOptions,
): Promise<ImportedDocuments> {
  const { target, total, onProgress, signal } = options
  const configuration = textSearchConfiguration(target.brand.language)
  // Not the model: a brand goes over to another one without being imported again.
  const indexing = { configuration, sizes: defaultChunkSizes }
  const stored = new Map(target.existing.map(({ path, sha256 }) => [path, sha256]))
  const incoming: DocumentVersion[] = []
  const skipped: SkippedSource[] = []
  const done = { read: 0, parse: 0, chunk: 0, embed: 0, store: 0 }
  const tell = (stage: keyof typeof done, item?: string) =>
    onProgress({
      stage,
      done: done[stage],
      ...(stage === 'embed' || total === undefined ? {} : { total }),
      ...(item === undefined ? {} : { item }),
    })
  let chunks = 0
  let round: PendingDocument[] = []
  let place = await options.openPlace()

  const finishRound = async () => {
    let left = round
    round = []
    while (left.length > 0) {
      const vectors = await embedChunks(
        left.flatMap((document) => document.chunks),
        {
          ...options,
          ...place,
          onBatch: (count) => {
            done.embed += count
            tell('embed')
          },
        },
      )
      const stored = await storeDocuments(left, vectors)
      left = left.slice(stored)
      if (left.length > 0) place = await options.openPlace()
    }
  }
  /** Returns how many were stored before the brand went over to another space; all where it did not. */
  const storeDocuments = async (documents: readonly PendingDocument[], vectors: ReadonlyMap<string, string>) => {
    for (const [index, document] of documents.entries()) {
      signal?.throwIfAborted()
      if (!(await storeDocument(document, { ...options, place, configuration, vectors }))) return index
      chunks += document.chunks.length
      done.store += 1
      tell('store', document.source.path)
    }
    return documents.length
  }

  for (let next = items.first; !next.done; next = await items.rest.next()) {
    signal?.throwIfAborted()
    const item = next.value
    done.read += 1
    tell('read', item.path)
    const document = item.kind === 'skipped' ? item : prepareDocument(item, indexing)
    if (document.kind === 'skipped') {
      skipped.push(document)
      continue
    }
    done.parse += 1
    tell('parse', item.path)
    incoming.push({ path: item.path, sha256: document.contentHash })
    if (stored.get(item.path) === document.contentHash) continue
    round.push({ ...document, chunks: chunkDocument(document.parsed) })
    done.chunk += 1
    tell('chunk', item.path)
    if (round.reduce((sum, each) => sum + each.chunks.length, 0) >= chunksPerRound) await finishRound()
  }
  await finishRound()
  const plan = planImport({ existing: target.existing, incoming, skipped })
  return { plan, skipped, chunks, spaceId: place.spaceId }
}

/** False, and nothing is stored, where the brand is no longer searched in the space that the vectors are for. */
async function storeDocument(
  { source, parsed, contentHash, chunks }: PendingDocument,
  {
    database,
    organizationId,
    target,
    place,
    configuration,
    vectors,
  }: Pick<ImportDocumentsOptions, 'database' | 'organizationId' | 'target'> & {
    readonly place: EmbeddingPlace
    readonly configuration: string
    readonly vectors: ReadonlyMap<string, string>
  },
): Promise<boolean> {
  const brandId = target.brand.id
  const { spaceId, searchedSpaceId } = place
  return withTenant(database, organizationId, async (tx) => {
    if (!(await holdSearchSpace(tx, { brandId, spaceId: searchedSpaceId }))) return false
    await replaceDocument(
      tx,
      { brandId, datasetId: target.datasetId, spaceId, configuration },
      {
        path: source.path,
        title: parsed.title,
        mediaType: source.mediaType,
        origin: source.origin === 'web' ? 'web' : 'own',
        contentHash,
        chunks: chunks.map((chunk) => ({ ...chunk, embedding: vectors.get(chunk.sha256) ?? '[]' })),
      },
    )
    return true
  })
}
