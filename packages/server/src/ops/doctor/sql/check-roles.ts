import { sql } from '../../../db/index.ts'
import type { Finding } from '../finding.ts'

/** The four roles: that they are there, and that none can do more than it was designed for. */
export const checkRoles = sql<Finding>`
  with wanted as (
    select n.name, r.*
    from unnest(array['neonhub_migrate', 'neonhub_app', 'neonhub_readonly', 'neonhub_system']) as n (name)
    left join pg_roles r on r.rolname = n.name
  )
  select 'error' as severity, 'role.missing' as code, format('The role %s is not there', name) as what,
    'role ' || name as where, 'Run what neonhub db roles --sql prints, as an administrator' as remedy
  from wanted where rolname is null
  union all
  select 'error', 'role.superuser', format('%s is a superuser: row-level security does not bind it', name), 'role ' || name,
    format('alter role %I nosuperuser', name)
  from wanted where rolsuper
  union all
  select 'error', 'role.bypasses_row_security', format('%s bypasses row-level security', name), 'role ' || name,
    format('alter role %I nobypassrls', name)
  from wanted where rolbypassrls
  union all
  select 'warning', 'role.can_sign_in', format('%s can sign in; it is meant to be taken within a transaction', name),
    'role ' || name, format('alter role %I nologin', name)
  from wanted where rolcanlogin
  union all
  select 'warning', 'role.can_create', format('%s can make roles or databases', name), 'role ' || name,
    format('alter role %I nocreaterole nocreatedb', name)
  from wanted where rolcreaterole or rolcreatedb
  union all
  select 'error', 'role.member', format('%s is a member of %s and can take its rights', w.name, m.roleid::regrole),
    'role ' || w.name, format('revoke %s from %I', m.roleid::regrole, w.name)
  from wanted w join pg_auth_members m on m.member = w.oid
`

/** The role that this connection signed in as. The embedded database has one user, who is reached from nowhere else. */
export const checkConnectionRole = sql<Finding>`
  select 'warning' as severity, 'connection.superuser' as code,
    format('DATABASE_URL signs in as %s, whom %s', rolname,
      case when rolsuper then 'nothing binds: it is a superuser' else 'row-level security does not bind' end) as what,
    'role ' || rolname as where,
    'Let the application sign in with the login role of neonhub db roles; keep this one for migrations' as remedy
  from pg_roles where rolname = session_user and (rolsuper or rolbypassrls)
  union all
  select 'error', 'connection.membership', format('%s may not take the role %s', session_user, name), 'role ' || session_user,
    format('grant %I to %I with set true', name, session_user)
  from unnest(array['neonhub_app', 'neonhub_system']) as n (name) join pg_roles r on r.rolname = n.name
  where not pg_has_role(session_user, r.oid, 'set')
`
