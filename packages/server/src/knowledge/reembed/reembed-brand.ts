import { z } from 'zod'
import { type CallJournal, withCallJournal } from '../../base/call-journal.ts'
import type { Clock } from '../../base/clock.ts'
import { NeonHubError } from '../../base/errors.ts'
import { asId, type BrandId, type JobId, type OrganizationId } from '../../base/ids.ts'
import { type Database, sql, withTenant } from '../../db/index.ts'
import type { EmbeddingModel, Llm } from '../../llm/spec.ts'
import { addJob, type Queue, type QueueName } from '../../queue/index.ts'
import { aimReembedding } from '../sql/aim-reembedding.ts'
import { type ChunkToEmbed, chunksToEmbed } from '../sql/chunks-to-embed.ts'
import { findEmbeddings } from '../sql/find-embeddings.ts'
import { insertEmbeddings } from '../sql/insert-embeddings.ts'
import { lockReembedding, type Reembedding } from '../sql/lock-reembedding.ts'
import { removeOldEmbeddings } from '../sql/remove-old-embeddings.ts'
import { switchSpace } from '../sql/switch-space.ts'
import { addReembeddingJob } from './start-reembedding.ts'

export interface ReembedParts {
  readonly database: Database
  readonly llm: Pick<Llm, 'embeddingsOf'>
  readonly journal: (organizationId: OrganizationId) => CallJournal
  readonly queue: Pick<Queue, 'dispatch'>
  readonly clock: Clock
}

/** Passages of one transaction: what a kill loses of what was paid for. */
const batchSize = 64
const removedAtOnce = 5_000
/**
 * How long old vectors stay once search has gone over: a search that began before may still be looking at them, and none
 * lasts half as long (`idle_in_transaction_session_timeout`).
 */
const restMs = 60_000

const Payload = z.object({ brandId: z.uuid() })

/**
 * Carries a brand's way to another embedding model on, as far as it goes: embeds what has no vector in the new space,
 * batch by batch, lets search go over once nothing is missing, and in a later job removes the old vectors. It may be
 * killed anywhere, and twice at once does no harm. Throws the model's errors and `knowledge.embedding_model_missing`.
 */
export async function reembedBrand(
  parts: ReembedParts,
  job: { readonly organizationId: OrganizationId; readonly payload: unknown },
  signal: AbortSignal,
): Promise<void> {
  const brandId: BrandId = asId(Payload.parse(job.payload).brandId)
  const brand = { organizationId: job.organizationId, brandId, signal }
  await withCallJournal(parts.journal(job.organizationId), async () => {
    const way = await withTenant(parts.database, job.organizationId, (tx) => lockReembedding(tx, brandId))
    if (!way) return
    if (way.isSwitched) return removeOld(parts, brand)
    await embedBrand(parts, { ...brand, way })
  })
}

interface BrandPlace {
  readonly organizationId: OrganizationId
  readonly brandId: BrandId
  readonly signal: AbortSignal
}

async function embedBrand(
  parts: ReembedParts,
  { way, ...brand }: BrandPlace & { readonly way: Reembedding },
): Promise<void> {
  const { database, clock } = parts
  const { organizationId, brandId, signal } = brand
  const embeddings = parts.llm.embeddingsOf(way)
  if (!embeddings) throw modelMissing(way)
  const { provider, model } = embeddings
  const space = { provider, model, dimensions: await embeddings.resolveDimensions(signal) }
  const spaceId = await withTenant(database, organizationId, (tx) => aimReembedding(tx, { brandId, space }))
  if (spaceId === undefined) return
  for (;;) {
    await embedMissing(parts, { ...brand, spaceId, embeddings })
    const { outcome, jobs } = await withTenant(database, organizationId, async (tx) => {
      const switched = await switchSpace(tx, { brandId, spaceId })
      if (switched !== 'switched') return { outcome: switched, jobs: [] }
      const runAt = new Date(clock.now().getTime() + restMs)
      return {
        outcome: switched,
        jobs: [
          { id: await addReembeddingJob(tx, { brandId, runAt }), queue: 'intake.embed', runAt },
          { id: await settleIndex(tx, { brandId, spaceId }), queue: 'maintenance' },
        ] satisfies NewJob[],
      }
    })
    await dispatch(parts, organizationId, jobs)
    if (outcome !== 'incomplete') return
  }
}

interface NewJob {
  readonly id: JobId
  readonly queue: QueueName
  readonly runAt?: Date
}

async function dispatch({ queue }: ReembedParts, organizationId: OrganizationId, jobs: readonly NewJob[]) {
  for (const { id, queue: name, runAt } of jobs) {
    await queue.dispatch(organizationId, id, name, runAt ? { runAt } : {})
  }
}

const settleIndex = (
  tx: Parameters<typeof addJob>[0],
  place: { readonly brandId: BrandId; readonly spaceId: string },
) => addJob(tx, { queue: 'maintenance', payload: { task: 'settle vector index', ...place } })

async function embedMissing(
  { database }: ReembedParts,
  {
    organizationId,
    brandId,
    spaceId,
    embeddings,
    signal,
  }: BrandPlace & { readonly spaceId: string; readonly embeddings: EmbeddingModel },
): Promise<void> {
  let after: string | undefined
  for (;;) {
    signal.throwIfAborted()
    const chunks = await withTenant(database, organizationId, (tx) =>
      chunksToEmbed(tx, { brandId, spaceId, after, limit: batchSize }),
    )
    after = chunks.at(-1)?.id
    if (after === undefined) return
    const hashes = chunks.map(({ sha256 }) => sha256)
    const known = await withTenant(database, organizationId, (tx) => findEmbeddings(tx, { spaceId, hashes }))
    const embedded = await embed(
      chunks.filter(({ sha256 }) => !known.has(sha256)),
      { embeddings, signal },
    )
    const vectors = chunks.flatMap(({ id, sha256 }) => {
      const embedding = known.get(sha256) ?? embedded.get(sha256)
      return embedding === undefined ? [] : [{ chunkId: id, embedding }]
    })
    await withTenant(database, organizationId, (tx) => insertEmbeddings(tx, { brandId, spaceId, vectors }))
  }
}

/** The vector of each text by its hash: equal texts are embedded once. */
async function embed(
  chunks: readonly ChunkToEmbed[],
  { embeddings, signal }: { readonly embeddings: EmbeddingModel; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map(chunks.map(({ sha256, contextualText }) => [sha256, contextualText]))
  if (texts.size === 0) return new Map()
  const vectors = await embeddings.embed([...texts.values()], signal)
  return new Map([...texts.keys()].map((hash, index) => [hash, `[${vectors[index]?.join(',') ?? ''}]`]))
}

async function removeOld(parts: ReembedParts, { organizationId, brandId, signal }: BrandPlace): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const { spaces, jobs } = await withTenant(parts.database, organizationId, async (tx) => {
      const removed = await removeOldEmbeddings(tx, { brandId, limit: removedAtOnce })
      const settling: NewJob[] = []
      for (const spaceId of removed) {
        settling.push({ id: await settleIndex(tx, { brandId, spaceId }), queue: 'maintenance' })
      }
      if (removed.length === 0) {
        await sql`
          delete from reembeddings
          where organization_id = ${tx.organizationId} and brand_id = ${brandId} and switched_at is not null
        `.execute(tx)
      }
      return { spaces: removed, jobs: settling }
    })
    await dispatch(parts, organizationId, jobs)
    if (spaces.length === 0) return
  }
}

function modelMissing({ provider, model }: Reembedding): NeonHubError {
  return new NeonHubError(
    'knowledge.embedding_model_missing',
    `The embedding model ${provider}:${model} cannot be asked by this process`,
    {
      kind: 'unavailable',
      hint: 'Give every worker the same NEONHUB_EMBEDDING_MODEL and the key of its provider.',
    },
  )
}
