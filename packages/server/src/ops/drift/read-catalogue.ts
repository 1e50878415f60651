import { type Database, type OperatorTx, sql, withOperator } from '../../db/index.ts'
import type { CatalogueItem } from './catalogue-item.ts'
import { listConstraints } from './sql/list-constraints.ts'
import { listFunctions } from './sql/list-functions.ts'
import { listGrants } from './sql/list-grants.ts'
import { listIndexes } from './sql/list-indexes.ts'
import { listDefaultPartitions, listPartitionFaults, type PartitionFault } from './sql/list-partitions.ts'
import { listPolicies } from './sql/list-policies.ts'
import { listTables } from './sql/list-tables.ts'
import { listTypes } from './sql/list-types.ts'

export interface Catalogue {
  readonly items: readonly CatalogueItem[]
  readonly partitionFaults: readonly PartitionFault[]
}

const lists = [
  listTypes,
  listTables,
  listConstraints,
  listIndexes,
  listFunctions,
  listPolicies,
  listDefaultPartitions,
  listGrants,
]

/** Reads what stands in the schema `public`, in a transaction that cannot change anything. */
export async function readCatalogue(database: Database): Promise<Catalogue> {
  return withOperator(database, { readOnly: true }, readCatalogueIn)
}

/** Likewise in a transaction that is open. */
export async function readCatalogueIn(tx: OperatorTx): Promise<Catalogue> {
  await nameAlike(tx)
  const items: CatalogueItem[] = []
  for (const list of lists) items.push(...(await list.execute(tx)).rows)
  return { items, partitionFaults: (await listPartitionFaults.execute(tx)).rows }
}

/** Hosted servers keep extensions in a schema of their own; on the search path, their types have the same names. */
async function nameAlike(tx: OperatorTx): Promise<void> {
  await sql`
    select set_config('search_path', 'public' || coalesce((
      select string_agg(distinct format(', %I', n.nspname), '')
      from pg_extension e join pg_namespace n on n.oid = e.extnamespace
      where e.extname in ('vector', 'citext') and n.nspname <> 'public'
    ), ''), true)
  `.execute(tx)
}
