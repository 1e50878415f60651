import { sql } from '../../../db/index.ts'
import type { CatalogueItem } from '../catalogue-item.ts'
import { ownRelations } from './own-relations.ts'

/** Policies of row-level security, and triggers with whether they are on. */
export const listPolicies = sql<CatalogueItem>`
  with policies as (
    select c.relname, p.polname,
      format('as %s for %s to %s', case when p.polpermissive then 'permissive' else 'restrictive' end,
        case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
        (select string_agg(case when role = 0 then 'public' else role::regrole::text end, ', ' order by role::regrole::text)
          from unnest(p.polroles) as role))
        || coalesce(format(' using (%s)', pg_get_expr(p.polqual, p.polrelid)), '')
        || coalesce(format(' with check (%s)', pg_get_expr(p.polwithcheck, p.polrelid)), '') as definition
    from pg_policy p join ${ownRelations} c on c.oid = p.polrelid
  ), triggers as (
    select c.relname, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid) as definition
    from pg_trigger t join ${ownRelations} c on c.oid = t.tgrelid
    where not t.tgisinternal and t.tgparentid = 0
  )
  select 'policy' as kind, format('%I on %I', polname, relname) as name, format('table %I', relname) as parent,
    false as "isIncluded", definition, '' as shape,
    format('create policy %I on %I %s', polname, relname, definition) as create,
    format('drop policy %I on %I', polname, relname) as drop, null as replace
  from policies
  union all
  select 'trigger', format('%I on %I', tgname, relname), format('table %I', relname), false,
    definition || case tgenabled when 'O' then '' when 'D' then ' (off)' else format(' (%s)', tgenabled) end, '',
    definition, format('drop trigger %I on %I', tgname, relname), null
  from triggers
`
