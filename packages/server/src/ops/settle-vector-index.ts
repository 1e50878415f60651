import { asId, isId, type BrandId, type OrganizationId } from '../base/ids.ts'
import { NeonHubError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import { type Database, sql, type TenantTx, withTenant } from '../db/index.ts'
import { runOutsideTransaction, withSystem } from '../db/system.ts'

/** The vectors of one brand in one space. */
export interface BrandSpace {
  readonly brandId: BrandId
  readonly spaceId: string
}

/**
 * From how many numbers on (vectors × dimensions) a brand's vectors get an index of their own: 3,900 vectors of 384
 * dimensions, 980 of 1,536. So far an exact search takes some six milliseconds (docs/retrieval.md).
 */
const leastIndexedNumbers = 1_500_000
/** What pgvector's HNSW takes of half vectors. A space of more dimensions is searched exactly, whatever its size. */
const mostDimensions = 4_000

interface VectorIndex {
  readonly name: string
  readonly dimensions: number
  readonly vectors: number
  /** Whether search looks there, or will once the brand has changed its model. */
  readonly isInUse: boolean
  readonly isThere: boolean
  /** False where a build was cut short, or is under way. */
  readonly isWhole: boolean
  readonly isBeingBuilt: boolean
}

/**
 * Gives a brand that became large the HNSW index that `nearestChunks` looks for, takes it from one whose vectors are
 * gone, and builds one anew that was cut short. `busy` while any index is built elsewhere. Nothing is locked meanwhile: searches and imports go on. On a server
 * only: the embedded database has one session, which a build would hold for tens of seconds.
 */
export async function settleVectorIndex(
  database: Database,
  organizationId: OrganizationId,
  {
    place,
    logger,
    leastNumbers = leastIndexedNumbers,
  }: { readonly place: BrandSpace; readonly logger: Logger; readonly leastNumbers?: number },
): Promise<'built' | 'dropped' | 'as it was' | 'busy'> {
  if (database.mode === 'embedded') return 'as it was'
  assertIds(place)
  return alone(database, () => settleAlone(database, organizationId, { place, logger, leastNumbers }))
}

// Any number will do, as long as every process takes the same one.
const lockKey = 7_310_002

/**
 * Two that build at once on one table wait for each other's snapshots, and one is ended as a deadlock. The lock is that
 * of a transaction that does nothing else, so that it holds behind a transaction pooler too, and no build waits for it.
 */
function alone<Result>(database: Database, work: () => Promise<Result>): Promise<Result | 'busy'> {
  return withSystem(database, async (tx) => {
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx)
    // Without parameters: those of a prepared statement keep its snapshot open, and the build would wait for that.
    const { rows } = await sql<{ isOwn: boolean }>`
      select pg_try_advisory_xact_lock(${sql.lit(lockKey)}) as "isOwn"
    `.execute(tx)
    return rows[0]?.isOwn ? work() : 'busy'
  })
}

async function settleAlone(
  database: Database,
  organizationId: OrganizationId,
  {
    place,
    logger,
    leastNumbers,
  }: { readonly place: BrandSpace; readonly logger: Logger; readonly leastNumbers: number },
): Promise<'built' | 'dropped' | 'as it was' | 'busy'> {
  const index = await withTenant(database, organizationId, (tx) => readIndex(tx, place))
  if (!index) return 'as it was'
  // By the session of a worker that was killed: the server ends what it was told to do.
  if (index.isBeingBuilt) return 'busy'
  const { name, isInUse, isThere, isWhole, vectors, dimensions } = index
  const isLarge = isInUse && dimensions <= mostDimensions && vectors * dimensions >= leastNumbers
  // A brand that shrinks a little keeps its index: the next import may bring back what this one took.
  const isSmall = !isInUse || vectors * dimensions < leastNumbers / 2
  if (isThere && (isSmall || !isWhole)) await drop(database, name)
  if (isLarge && !isWhole) {
    const startedAt = performance.now()
    await build(database, place, index)
    logger.info(
      { index: name, vectors, seconds: Math.round((performance.now() - startedAt) / 1_000) },
      'Built an index',
    )
    await warnOfOldVersion(database, logger)
    return 'built'
  }
  return isThere && isSmall ? 'dropped' : 'as it was'
}

/** The brands that are large enough for an index and have none. One pass over an index, for a worker's start. */
export async function listUnindexedBrands(
  database: Database,
): Promise<readonly (BrandSpace & { readonly organizationId: OrganizationId })[]> {
  if (database.mode === 'embedded') return []
  const { rows } = await withSystem(database, (tx) =>
    sql<{ organization_id: string; brand_id: string; embedding_space_id: string }>`
      select own.organization_id, own.brand_id, own.embedding_space_id
      from (
        select organization_id, brand_id, embedding_space_id, count(*) as vectors
        from chunk_embeddings group by organization_id, brand_id, embedding_space_id
      ) as own
      join embedding_spaces s on s.organization_id = own.organization_id and s.id = own.embedding_space_id
      where own.vectors * s.dimensions >= ${leastIndexedNumbers} and s.dimensions <= ${mostDimensions}
        and not has_vector_index(own.brand_id, own.embedding_space_id)
    `.execute(tx),
  )
  return rows.map((row) => ({
    organizationId: asId(row.organization_id),
    brandId: asId(row.brand_id),
    spaceId: row.embedding_space_id,
  }))
}

/** The ids stand in the text of a statement that takes no parameters. */
function assertIds({ brandId, spaceId }: BrandSpace): void {
  if (isId(brandId) && isId(spaceId)) return
  throw new NeonHubError('ops.vector_index', 'A vector index is asked for by the ids of a brand and a space', {
    kind: 'invalid',
  })
}

/** Undefined where the organization has no such space. */
async function readIndex(tx: TenantTx, { brandId, spaceId }: BrandSpace): Promise<VectorIndex | undefined> {
  const { rows } = await sql<VectorIndex>`
    select vector_index_name(${brandId}::uuid, s.id) as name, s.dimensions,
      (
        select count(*) from chunk_embeddings e
        where e.organization_id = s.organization_id and e.brand_id = ${brandId} and e.embedding_space_id = s.id
      ) as vectors,
      exists (
        select from brands b
        where b.organization_id = s.organization_id and b.id = ${brandId} and b.embedding_space_id = s.id
        union all
        select from reembeddings r
        where r.organization_id = s.organization_id and r.brand_id = ${brandId} and r.embedding_space_id = s.id
      ) as "isInUse",
      to_regclass(vector_index_name(${brandId}::uuid, s.id)) is not null as "isThere",
      has_vector_index(${brandId}::uuid, s.id) as "isWhole",
      -- Which index another role builds is not told: it may be this one.
      exists (
        select from pg_stat_progress_create_index
        where datname = current_database()
          and coalesce(index_relid = to_regclass(vector_index_name(${brandId}::uuid, s.id)), true)
      ) as "isBeingBuilt"
    from embedding_spaces s
    where s.organization_id = ${tx.organizationId} and s.id = ${spaceId}
  `.execute(tx)
  return rows[0]
}

async function drop(database: Database, name: string): Promise<void> {
  await explaining(() => runOutsideTransaction(database, `drop index concurrently ${name}`))
}

async function build(
  database: Database,
  { brandId, spaceId }: BrandSpace,
  { name, dimensions, vectors }: VectorIndex,
): Promise<void> {
  await explaining(() =>
    runOutsideTransaction(
      database,
      `create index concurrently ${name} on chunk_embeddings
         using hnsw ((embedding::halfvec(${dimensions})) halfvec_ip_ops) with (m = 24, ef_construction = 200)
         where brand_id = '${brandId}' and embedding_space_id = '${spaceId}'`,
      { settings: { maintenance_work_mem: `${memoryFor({ vectors, dimensions })}kB` } },
    ),
  )
}

const leastMemory = 64 * 1_024
const mostMemory = 1_024 * 1_024

/** Kilobytes that hold the graph while it is built, which is several times faster than on disk: each vector, its links. */
function memoryFor({ vectors, dimensions }: Pick<VectorIndex, 'vectors' | 'dimensions'>): number {
  return Math.min(mostMemory, Math.max(leastMemory, Math.ceil((vectors * (2 * dimensions + 750) * 1.2) / 1_024)))
}

/** https://github.com/pgvector/pgvector/blob/master/CHANGELOG.md: 0.8.3 and 0.8.4 mend what a vacuum does to an index. */
const mended = [0, 8, 4]

async function warnOfOldVersion(database: Database, logger: Logger): Promise<void> {
  const { rows } = await sql<{ isOld: boolean; version: string }>`
    select extversion as version, string_to_array(extversion, '.')::int[] < ${mended}::int[] as "isOld"
    from pg_extension where extname = 'vector'
  `.execute(database.kysely)
  const [extension] = rows
  if (!extension?.isOld) return
  logger.warn(
    { pgvector: extension.version },
    'The vacuum of this pgvector may damage the index of a large brand; 0.8.4 and later do not: upgrade it, and reindex',
  )
}

async function explaining(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
    if (code !== '42501') throw error
    throw new NeonHubError('ops.index_not_allowed', 'The user of DATABASE_URL may build no index for a large brand', {
      kind: 'forbidden',
      hint: 'Run neonhub worker for a while as the user who migrates, which builds it. Until then search stays right, and takes longer.',
      cause: error,
    })
  }
}
