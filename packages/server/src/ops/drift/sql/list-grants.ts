import { sql } from '../../../db/index.ts'
import type { CatalogueItem } from '../catalogue-item.ts'
import { ownEnums, ownFunctions, ownRelations } from './own-relations.ts'

/**
 * Owners, and who may do what besides them: on tables, columns, functions and the schema. Whoever migrated owns the
 * table of migrations and may create in the schema, so owners other than our roles count as one; and what an owner may do is not told, because
 * PostgreSQL 17 gave owners a right more (`maintain`).
 */
export const listGrants = sql<CatalogueItem>`
  with owned as (
    select format('%s %I', kind, c.relname) as key, format('alter %s %I', kind, c.relname) as alter, c.relowner as owner
    from ${ownRelations} c,
      lateral (select case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end as kind) as kinds
    where c.relkind in ('r', 'p', 'v', 'm')
    union all
    select format('function %s', p.oid::regprocedure), format('alter routine %s', p.oid::regprocedure), p.proowner
    from ${ownFunctions} p
    union all
    select format('type %I', t.typname), format('alter type %I', t.typname), t.typowner from ${ownEnums} t
  ), owners as (
    select o.*, case when r.rolname in ('neonhub_migrate', 'neonhub_app', 'neonhub_readonly', 'neonhub_system') then format('%I', r.rolname) else 'current_user' end as role
    from owned o join pg_roles r on r.oid = o.owner
  ), granted as (
    select format('table %I', c.relname) as parent, format('table %I', c.relname) as place, '' as columns,
      c.relowner as owner, a.grantee, a.privilege_type, a.is_grantable
    from ${ownRelations} c, aclexplode(c.relacl) a where c.relkind in ('r', 'p', 'v', 'm')
    union all
    select format('column %I.%I', c.relname, k.attname), format('table %I', c.relname), format(' (%I)', k.attname),
      c.relowner, a.grantee, a.privilege_type, a.is_grantable
    from ${ownRelations} c
    join pg_attribute k on k.attrelid = c.oid and k.attnum > 0 and not k.attisdropped, aclexplode(k.attacl) a
    where c.relkind in ('r', 'p', 'v', 'm')
    union all
    select format('function %s', p.oid::regprocedure), format('routine %s', p.oid::regprocedure), '', p.proowner, a.grantee,
      a.privilege_type, a.is_grantable
    from ${ownFunctions} p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    union all
    select null, 'schema public', '', n.nspowner, a.grantee, a.privilege_type, a.is_grantable
    from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
    where n.nspname = 'public' and a.grantee not in (
      select 'pg_database_owner'::regrole::oid
      union all select current_user::regrole
      union all select c.relowner from pg_class c where c.oid = to_regclass('public.schema_migrations')
    )
  ), grants as (
    select g.*, lower(g.privilege_type) || g.columns as privilege,
      case when g.grantee = 0 then 'public' else format('%I', r.rolname) end as role
    from granted g left join pg_roles r on r.oid = g.grantee
    where g.grantee <> g.owner
  )
  select 'owner' as kind, key as name, key as parent, false as "isIncluded", role as definition, '' as shape,
    format('%s owner to %s', alter, role) as create, null as drop, format('%s owner to %s', alter, role) as replace
  from owners
  union all
  select distinct 'grant', format('%s on %s to %s', privilege, place, role), parent, false, is_grantable::text, '',
    format('grant %s on %s to %s', privilege, place, role) || case when is_grantable then ' with grant option' else '' end,
    format('revoke %s on %s from %s', privilege, place, role), null
  from grants
`
