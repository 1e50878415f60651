import { type Database, sql, type TenantTx } from '../../../packages/server/src/db/index.ts'
import { runOutsideTransaction } from '../../../packages/server/src/db/system.ts'
import { nearestChunks } from '../../../packages/server/src/knowledge/sql/nearest-chunks.ts'
import { model, provider } from './fill-tenants.ts'
import { type BenchQuestion, neighbours } from './true-neighbours.ts'

/** A way to search: what it needs before its first question, and how it answers one inside the tenant's transaction. */
export interface Search {
  readonly name: string
  readonly prepare: (database: Database, dimensions: number) => Promise<void>
  readonly nearest: (tx: TenantTx, question: BenchQuestion) => Promise<readonly string[]>
}

const peerIndex = 'peer_index'

/** As shipped. Its indexes were built by the maintenance step before. */
const own: Search = {
  name: 'NeonHub',
  prepare: async () => {},
  nearest: (tx, { tenant: { brandId }, vector }) =>
    nearestChunks(tx, { brandId, vector, limit: neighbours, space: { provider, model, dimensions: vector.length } }),
}

/** One index on the whole table, and the tenant's filter on what it finds: no other plan is left to the planner. */
function plain(
  name: string,
  {
    method,
    options = '',
    settings = '',
  }: { readonly method?: string; readonly options?: string; readonly settings?: string },
): Search {
  return {
    name,
    prepare: async (database, dimensions) => {
      if (method === undefined) return
      await dropVectorIndexes(database)
      await runOutsideTransaction(
        database,
        `create index ${peerIndex} on chunk_embeddings using ${method} ((embedding::halfvec(${dimensions})) halfvec_ip_ops) ${options}`,
        { settings: { maintenance_work_mem: '2GB' } },
      )
    },
    nearest: async (tx, { tenant: { brandId, spaceId }, vector }) => {
      await sql.raw(`set local enable_bitmapscan = off; set local enable_sort = off; ${settings}`).execute(tx)
      const dimensions = sql.raw(`${vector.length}`)
      const result = await sql<{ id: string }>`
        select chunk_id as id from chunk_embeddings
        where organization_id = ${tx.organizationId} and brand_id = ${brandId} and embedding_space_id = ${spaceId}
        order by embedding::halfvec(${dimensions}) <#> ${`[${vector.join(',')}]`}::halfvec(${dimensions})
        limit ${neighbours}
      `.execute(tx)
      return result.rows.map(({ id }) => id)
    },
  }
}

/** In this order: a peer that names no index is asked over the one before it. */
export const searches: readonly Search[] = [
  own,
  plain('plain HNSW', { method: 'hnsw' }),
  plain('HNSW, iterative', { settings: 'set local hnsw.iterative_scan = strict_order' }),
  plain('plain IVFFlat', { method: 'ivfflat', options: 'with (lists = 100)' }),
]

async function dropVectorIndexes(database: Database): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select i.relname as name from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am a on a.oid = i.relam
    where x.indrelid = 'chunk_embeddings'::regclass and a.amname in ('hnsw', 'ivfflat')
  `.execute(database.kysely)
  for (const { name } of rows) await runOutsideTransaction(database, `drop index ${name}`)
}
