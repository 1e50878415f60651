import { sql } from '../../../db/index.ts'
import type { CatalogueItem } from '../catalogue-item.ts'
import { ownRelations } from './own-relations.ts'

/**
 * Keys, foreign keys and checks, and whether they are validated. Those that PostgreSQL makes for each partition come
 * from their parent; not-null constraints, which have rows of their own from PostgreSQL 18 on, are columns' affairs.
 */
export const listConstraints = sql<CatalogueItem>`
  with constraints as (
    select c.relname, k.*, regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '') as definition
    from pg_constraint k join ${ownRelations} c on c.oid = k.conrelid
    where k.contype in ('p', 'u', 'f', 'c', 'x') and k.conparentid = 0
  )
  select 'constraint' as kind, format('%I.%I', relname, conname) as name, format('table %I', relname) as parent,
    false as "isIncluded", definition, '' as shape,
    format('alter table %I add constraint %I %s', relname, conname, definition) as create,
    format('alter table %I drop constraint %I', relname, conname) as drop, null as replace
  from constraints
  union all
  select 'valid constraint', format('%I.%I', relname, conname), format('constraint %I.%I', relname, conname), true, '', '',
    format('alter table %I validate constraint %I', relname, conname), null, null
  from constraints where convalidated
`
