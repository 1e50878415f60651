import { sql } from '../../../db/index.ts'
import type { CatalogueItem } from '../catalogue-item.ts'
import { ownRelations } from './own-relations.ts'

/**
 * Indexes that no constraint brought, and whether they are valid: an invalid one is kept up and never read.
 * Those of large brands (`vector_index_name`) come and go with the brands' size, by no migration.
 * `only`, which PostgreSQL writes for a partitioned table, would leave the partitions out when it is made again.
 */
export const listIndexes = sql<CatalogueItem>`
  with indexes as (
    select c.relname, x.relname as index, i.indisvalid, replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') as definition
    from pg_index i join ${ownRelations} c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
    where not exists (select from pg_constraint k where k.conindid = i.indexrelid)
      and not (c.relname = 'chunk_embeddings' and starts_with(x.relname, 'chunk_vectors_'))
  )
  select 'index' as kind, format('%I', index) as name, format('table %I', relname) as parent, false as "isIncluded",
    definition, '' as shape, definition as create, format('drop index %I', index) as drop, null as replace
  from indexes
  union all
  select 'valid index', format('%I', index), format('index %I', index), true, '', '',
    format('drop index %I; %s', index, definition), null, null
  from indexes where indisvalid
`
