import { availableParallelism, cpus } from 'node:os'
import process, { stderr, stdout } from 'node:process'
import { createLogger } from '../../packages/server/src/base/log.ts'
import { type Database, migrate, openDatabase, sql, withTenant } from '../../packages/server/src/db/index.ts'
import { listUnindexedBrands, settleVectorIndex } from '../../packages/server/src/ops/index.ts'
import { createVectorSource, type VectorSource } from './retrieval/clustered-vectors.ts'
import { type BenchTenant, fillTenants } from './retrieval/fill-tenants.ts'
import { type Search, searches } from './retrieval/searches.ts'
import { zipfSizes } from './retrieval/tenant-sizes.ts'
import { askTenant, type BenchQuestion, neighbours } from './retrieval/true-neighbours.ts'
import { withScratchDatabase } from '../../packages/server/test/scratch-database.ts'

/** What a search did for tenants of one size. */
export interface ClassFigures {
  readonly search: string
  readonly tenants: string
  readonly questions: number
  /** Share of the ten true nearest neighbours that were found, over all questions. */
  readonly recallAt10: number
  /** Milliseconds of a whole transaction inside the tenant. */
  readonly p50Ms: number
  readonly p95Ms: number
}

export interface DatasetFigures {
  readonly name: string
  readonly chunks: number
  readonly tenants: number
  readonly fillSeconds: number
  /** Of the indexes that our maintenance step built. */
  readonly indexes: number
  readonly indexSeconds: number
  readonly classes: readonly ClassFigures[]
}

export interface RetrievalFigures {
  readonly dimensions: number
  readonly processor: string
  readonly datasets: readonly DatasetFigures[]
  /** recall@10 ≥ 0.99 in every class of ours, and p95 < 20 ms where it is not the short form. */
  readonly holds: boolean
}

interface Dataset {
  readonly name: string
  readonly sizes: readonly number[]
  readonly classes: readonly {
    readonly name: string
    readonly pick: (tenants: readonly BenchTenant[]) => BenchTenant[]
  }[]
  readonly searches: readonly Search[]
}

const logger = createLogger({ level: 'error' })
const seed = 20_261_124
const exponent = 1.1
const leastRecall = 0.99
const mostP95Ms = 20

/** The tenants whose size is nearest to `size`. */
const about = (size: number, count: number) => (tenants: readonly BenchTenant[]) =>
  tenants
    .toSorted((one, other) => Math.abs(one.chunkIds.length - size) - Math.abs(other.chunkIds.length - size))
    .slice(0, count)

const zipf = (chunks: number, tenants: number): Dataset => ({
  name: `${chunks.toLocaleString('en')} chunks of ${tenants.toLocaleString('en')} tenants`,
  sizes: zipfSizes({ chunks, tenants, exponent }),
  classes: [
    { name: '≤ 100', pick: (all) => all.filter(({ chunkIds }) => chunkIds.length <= 100).slice(0, 10) },
    { name: '~ 1,000', pick: about(1_000, 10) },
    // The largest that are searched exactly.
    { name: '~ 3,800', pick: about(3_800, 3) },
    { name: '~ 10,000', pick: about(10_000, 3) },
    { name: 'the largest', pick: (all) => all.slice(0, 1) },
  ],
  searches,
})

const oneLarge: Dataset = {
  name: 'one tenant of 200,000 chunks among 100 small ones',
  sizes: [200_000, ...Array.from({ length: 100 }, () => 100)],
  classes: [
    { name: '100', pick: (all) => all.slice(1, 11) },
    { name: '200,000', pick: (all) => all.slice(0, 1) },
  ],
  searches,
}

/**
 * Measures recall and time of the vector part of search, as shipped, beside what pgvector does with one index on the
 * table. One connection, no parallel workers, row-level security with FORCE on. `--dimensions=N`, `--chunks=N`; `--own`
 * leaves the others out.
 */
export async function benchRetrieval({
  databaseUrl,
  isShort,
  flags,
}: {
  readonly databaseUrl: string
  readonly isShort: boolean
  readonly flags: readonly string[]
}): Promise<RetrievalFigures> {
  const dimensions = numberFlag(flags, 'dimensions') ?? 384
  const chunks = numberFlag(flags, 'chunks') ?? (isShort ? 50_000 : 1_000_000)
  const tenants = isShort ? 100 : 1_000
  const datasets = isShort ? [zipf(chunks, tenants)] : [zipf(chunks, tenants), oneLarge]
  const choose = (dataset: Dataset) =>
    flags.includes('--own') ? { ...dataset, searches: dataset.searches.slice(0, 1) } : dataset
  const measured: DatasetFigures[] = []
  for (const dataset of datasets) {
    const figures = await withScratchDatabase(databaseUrl, (url) =>
      measureDataset(url, { dataset: choose(dataset), dimensions, questionsPerClass: isShort ? 60 : 200 }),
    )
    print(figures, dimensions)
    measured.push(figures)
  }
  const own = measured.flatMap(({ classes }) => classes.filter(({ search }) => search === searches[0]?.name))
  const holdsRecall = own.every(({ recallAt10 }) => recallAt10 >= leastRecall)
  // Recall follows from the seed. Time is the machine's, and decides only where the whole was measured.
  const holds = holdsRecall && (isShort || own.every(({ p95Ms }) => p95Ms < mostP95Ms))
  if (!holds) process.exitCode = 1
  return {
    dimensions,
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores`,
    datasets: measured,
    holds,
  }
}

function numberFlag(flags: readonly string[], name: string): number | undefined {
  const text = flags.find((flag) => flag.startsWith(`--${name}=`))?.slice(name.length + 3)
  return text === undefined ? undefined : Number(text)
}

async function measureDataset(
  url: string,
  { dataset, dimensions, questionsPerClass }: { dataset: Dataset; dimensions: number; questionsPerClass: number },
): Promise<DatasetFigures> {
  await prepareDatabase(url)
  const filling = await openDatabase({ databaseUrl: url, dataDir: undefined, logger })
  const source = createVectorSource({ seed, dimensions })
  const filled = await timed(() => fillTenants(filling, { sizes: dataset.sizes, source, seed }))
  await sql`vacuum analyze chunk_embeddings`.execute(filling.kysely)
  const large = await listUnindexedBrands(filling)
  const indexed = await timed(async () => {
    for (const { organizationId, ...place } of large)
      await settleVectorIndex(filling, organizationId, { place, logger })
  })
  await filling.close()

  const database = await openDatabase({ databaseUrl: url, dataDir: undefined, logger, poolSize: 1 })
  const asked = dataset.classes.map(({ name: tenants, pick }) => ({
    tenants,
    questions: ask(source, pick(filled.result), questionsPerClass),
  }))
  const classes: ClassFigures[] = []
  for (const search of dataset.searches) {
    const prepared = await timed(() => search.prepare(database, dimensions))
    stderr.write(`${search.name}: prepared in ${Math.round(prepared.ms / 1_000)} s\n`)
    for (const { tenants, questions } of asked.filter((each) => each.questions.length > 0)) {
      classes.push({ search: search.name, tenants, ...(await measure(database, search, questions)) })
    }
  }
  await database.close()
  return {
    name: dataset.name,
    chunks: dataset.sizes.reduce((sum, size) => sum + size, 0),
    tenants: dataset.sizes.length,
    fillSeconds: Math.round(filled.ms / 1_000),
    indexes: large.length,
    indexSeconds: Math.round(indexed.ms / 1_000),
    classes,
  }
}

/** What holds for every session after this one. */
async function prepareDatabase(url: string): Promise<void> {
  const database = await openDatabase({ databaseUrl: url, dataDir: undefined, logger })
  await migrate(database)
  const name = sql.ref(new URL(url).pathname.slice(1))
  // One core: what a search costs, and not how many workers stand by.
  await sql`alter database ${name} set max_parallel_workers_per_gather = 0`.execute(database.kysely)
  // Fifty thousand small commits need not wait for the disk.
  await sql`alter database ${name} set synchronous_commit = off`.execute(database.kysely)
  await database.close()
}

function ask(source: VectorSource, tenants: readonly BenchTenant[], questions: number): readonly BenchQuestion[] {
  const count = Math.ceil(questions / Math.max(1, tenants.length))
  return tenants.flatMap((tenant) => askTenant(source, { tenant, count }))
}

const repeats = 5

/**
 * Asks each question several times and counts the fastest: what a search costs with its rows in memory, and not what else
 * the machine does. The quantiles are those over the questions.
 */
async function measure(database: Database, search: Search, questions: readonly BenchQuestion[]) {
  const times: number[] = []
  let found = 0
  let wanted = 0
  for (const question of questions) {
    const run = () => withTenant(database, question.tenant.organizationId, (tx) => search.nearest(tx, question))
    let fastest = await timed(run)
    for (let repeat = 1; repeat < repeats; repeat += 1) {
      const next = await timed(run)
      if (next.ms < fastest.ms) fastest = next
    }
    times.push(fastest.ms)
    found += fastest.result.slice(0, neighbours).filter((id) => question.nearest.has(id)).length
    wanted += question.nearest.size
  }
  times.sort((one, other) => one - other)
  const quantile = (share: number) => round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0)
  return { questions: questions.length, recallAt10: round(found / wanted), p50Ms: quantile(0.5), p95Ms: quantile(0.95) }
}

async function timed<Result>(work: () => Promise<Result>): Promise<{ readonly result: Result; readonly ms: number }> {
  const startedAt = performance.now()
  const result = await work()
  return { result, ms: performance.now() - startedAt }
}

const round = (value: number) => Math.round(value * 1_000) / 1_000

function print({ name, classes, fillSeconds, indexes, indexSeconds }: DatasetFigures, dimensions: number): void {
  const lines = [
    ['search', 'tenant', 'recall@10', 'p50 ms', 'p95 ms'],
    ...classes.map(({ search, tenants, recallAt10, p50Ms, p95Ms }) => [
      search,
      tenants,
      recallAt10.toFixed(3),
      p50Ms.toFixed(1),
      p95Ms.toFixed(1),
    ]),
  ]
  stdout.write(
    `${name}, ${dimensions} dimensions; filled in ${fillSeconds} s, ${indexes} indexes in ${indexSeconds} s\n`,
  )
  for (const line of lines)
    stdout.write(
      `${line
        .map((cell) => cell.padEnd(18))
        .join('')
        .trimEnd()}\n`,
    )
}
