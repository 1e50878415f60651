import type { CallJournal } from '../base/call-journal.ts'
import { withCallJournal } from '../base/call-journal.ts'
import type { Clock } from '../base/clock.ts'
import type { BrandId, OrganizationId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import { type Database, withTenant } from '../db/index.ts'
import type { Llm } from '../llm/spec.ts'
import { addJob, type Queue } from '../queue/index.ts'
import { importDocuments, type ImportProgress } from './import/import-documents.ts'
import { openEmbeddingPlace } from './import/open-embedding-place.ts'
import { openSource } from './import/open-source.ts'
import { storeBrand } from './import/store-brand.ts'
import type { FetchPage } from './sources/fetch-page.ts'
import { finishDataset } from './sql/finish-dataset.ts'

/** What an import is made of. */
export interface ImportParts {
  readonly database: Database
  readonly llm: Pick<Llm, 'embeddings' | 'embeddingsOf'>
  /** Told of what the import leaves to be done in the background. */
  readonly queue: Pick<Queue, 'dispatch'>
  /** Where embeddings are written before they are asked for. */
  readonly journal: (organizationId: OrganizationId) => CallJournal
  /** The `fetch` that refuses addresses which must not be reached. */
  readonly fetch: FetchPage
  readonly clock: Clock
  readonly logger: Logger
}

export interface ImportRequest {
  /** The absolute path of a folder, or the URL of a sitemap or feed. */
  readonly source: string
  /** The brand; from `brand.yaml`, the folder's name or the host where absent. */
  readonly slug?: string | undefined
  /** Ends the import between two documents; those that are stored stay. */
  readonly signal?: AbortSignal | undefined
}

export interface ImportResult {
  readonly brand: { readonly id: BrandId; readonly slug: string; readonly name: string }
  readonly added: number
  /** Documents that say something else now, or that another model or language indexed anew. */
  readonly changed: number
  readonly removed: number
  readonly unchanged: number
  readonly skipped: { readonly path: string; readonly reason: string }[]
  /** Passages written by this import: those of added and changed documents. */
  readonly chunks: number
  readonly durationMs: number
}

/**
 * Imports a folder or a site into a brand; importing it again changes only what changed there. Each document is stored
 * whole in a transaction of its own, so an import that is killed leaves whole documents, and the next one goes on.
 * Throws what is wrong with the source as a whole (`knowledge.*`), the model's errors, and the signal's reason.
 */
export function importBrand(
  parts: ImportParts,
  organizationId: OrganizationId,
  request: ImportRequest,
  onProgress: (progress: ImportProgress) => void,
): Promise<ImportResult> {
  return withCallJournal(parts.journal(organizationId), async () => {
    const { database, clock, fetch, llm, logger } = parts
    const { signal } = request
    const startedAt = clock.now().getTime()
    let total: number | undefined
    const onListed = (count: number) => {
      total = count
    }
    const opened = await openSource(request.source, { fetch, onListed, signal })
    try {
      // A site that cannot be read shows here, before a brand was made for it.
      const first = await opened.items.next()
      const { provider, model } = llm.embeddings
      const space = { provider, model, dimensions: await llm.embeddings.resolveDimensions(signal) }
      const target = await withTenant(database, organizationId, (tx) => storeBrand(tx, opened, { slug: request.slug }))
      const openPlace = () => openEmbeddingPlace(parts, { organizationId, brandId: target.brand.id, space })
      const { plan, skipped, chunks, spaceId } = await importDocuments(
        { first, rest: opened.items },
        { database, organizationId, openPlace, target, total, onProgress, signal },
      )
      const jobId = await withTenant(database, organizationId, async (tx) => {
        await finishDataset(tx, { datasetId: target.datasetId, removed: plan.removed })
        // A brand that became large gets an index, and one that shrank loses it, outside of this transaction.
        const payload = { task: 'settle vector index', brandId: target.brand.id, spaceId }
        return chunks + plan.removed.length > 0 ? addJob(tx, { queue: 'maintenance', payload }) : undefined
      })
      if (jobId) await parts.queue.dispatch(organizationId, jobId, 'maintenance')
      for (const { path, message } of skipped) logger.info({ path, reason: message }, 'A document was left out')
      return {
        brand: { id: target.brand.id, slug: target.brand.slug, name: target.brand.name },
        added: plan.added.length,
        changed: plan.changed.length,
        removed: plan.removed.length,
        unchanged: plan.unchanged.length,
        skipped: skipped.map(({ path, message }) => ({ path, reason: message })),
        chunks,
        durationMs: clock.now().getTime() - startedAt,
      }
    } finally {
      // A reader that is not read to its end must not leave requests and files behind.
      await opened.items.return(undefined)
    }
  })
}
