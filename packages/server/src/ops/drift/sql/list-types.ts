import { sql } from '../../../db/index.ts'
import type { CatalogueItem } from '../catalogue-item.ts'
import { ownEnums } from './own-relations.ts'

/** The extensions that the schema needs, its enum types, and their labels. */
export const listTypes = sql<CatalogueItem>`
  select 'extension' as kind, e.extname as name, null as parent, false as "isIncluded", '' as definition, '' as shape,
    format('create extension if not exists %I', e.extname) as create, null as drop, null as replace
  from pg_extension e where e.extname in ('vector', 'citext')
  union all
  select 'type', format('%I', t.typname), null, false, '', '',
    format('create type %I as enum (%s)', t.typname,
      (select string_agg(quote_literal(l.enumlabel), ', ' order by l.enumsortorder) from pg_enum l where l.enumtypid = t.oid)),
    format('drop type %I', t.typname), null
  from ${ownEnums} t
  union all
  select 'enum label', format('%I %L', t.typname, l.enumlabel), format('type %I', t.typname), true, '', '',
    format('alter type %I add value %L', t.typname, l.enumlabel) || coalesce(
      ' after ' || quote_literal(lag(l.enumlabel) over labels), ' before ' || quote_literal(lead(l.enumlabel) over labels), ''
    ),
    null, null
  from ${ownEnums} t join pg_enum l on l.enumtypid = t.oid
  window labels as (partition by t.oid order by l.enumsortorder)
`
