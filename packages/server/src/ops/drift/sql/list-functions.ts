import { sql } from '../../../db/index.ts'
import type { CatalogueItem } from '../catalogue-item.ts'
import { ownFunctions, ownRelations } from './own-relations.ts'

/** Functions, procedures and views. */
export const listFunctions = sql<CatalogueItem>`
  select 'function' as kind, p.oid::regprocedure::text as name, null as parent, false as "isIncluded",
    pg_get_functiondef(p.oid) as definition,
    format('%s %s %s', p.prokind, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid)) as shape,
    rtrim(pg_get_functiondef(p.oid), E'\n') as create, format('drop routine %s', p.oid::regprocedure) as drop,
    rtrim(pg_get_functiondef(p.oid), E'\n') as replace
  from ${ownFunctions} p
  union all
  select 'view', format('%I', c.relname), null, false,
    c.relkind::text || coalesce(array_to_string(c.reloptions, ', '), '') || pg_get_viewdef(c.oid), '',
    format('create %s %I %sas %s', kind, c.relname, coalesce('with (' || array_to_string(c.reloptions, ', ') || ') ', ''),
      rtrim(pg_get_viewdef(c.oid), ';')),
    format('drop %s %I', kind, c.relname), null
  from ${ownRelations} c, lateral (select case c.relkind when 'v' then 'view' else 'materialized view' end as kind) as kinds
  where c.relkind in ('v', 'm')
`
