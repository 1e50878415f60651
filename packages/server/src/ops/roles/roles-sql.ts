export interface RolesOptions {
  /** The role that the application signs in as. */
  readonly login: string
  /** Who migrates; absent, whoever runs the statements. */
  readonly owner: string | undefined
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`

/**
 * What an administrator of a hosted PostgreSQL runs once, in the database itself: extensions, the four roles, whoever
 * migrates as a member of them, and a login role that can do nothing but take `neonhub_app` and `neonhub_system` within
 * a transaction, and work the queue's tables. Running it again changes nothing. The login role gets no password here.
 */
export function rolesSql({ login, owner }: RolesOptions): readonly string[] {
  const who = owner === undefined ? 'current_user' : quoted(owner)
  const byWhom = owner === undefined ? '' : ` for role ${quoted(owner)}`
  const application = quoted(login)
  return [
    'create extension if not exists vector',
    'create extension if not exists citext',
    // Attributes are given when a role is made and not again: only a superuser may name them later.
    `do $$
declare
  role_name text;
begin
  foreach role_name in array array['neonhub_migrate', 'neonhub_app', 'neonhub_readonly', 'neonhub_system'] loop
    if not exists (select from pg_roles where rolname = role_name) then
      execute format('create role %I nologin nosuperuser nocreatedb nocreaterole nobypassrls noinherit', role_name);
    end if;
  end loop;
  if not exists (select from pg_roles where rolname = ${literal(login)}) then
    create role ${application} login nosuperuser nocreatedb nocreaterole nobypassrls noinherit;
  end if;
end $$`,
    // Whoever makes a role may give it away, and from PostgreSQL 16 on is no member that could take it.
    `grant neonhub_migrate, neonhub_app, neonhub_readonly, neonhub_system to ${who} with inherit true, set true`,
    `grant neonhub_app, neonhub_system to ${application} with inherit false, set true`,
    'revoke create on schema public from public',
    'grant usage on schema public to neonhub_app, neonhub_readonly, neonhub_system',
    'grant usage, create on schema public to neonhub_migrate',
    `grant usage, create on schema public to ${who}`,
    `do $$ begin execute format('grant create on database %I to %s', current_database(), ${
      owner === undefined ? `quote_ident(current_user)` : literal(quoted(owner))
    }); end $$`,
    'create schema if not exists bullmq',
    `grant usage, create on schema bullmq to ${who}, ${application}`,
    `grant select, insert, update, delete on all tables in schema bullmq to ${application}`,
    `grant usage, select, update on all sequences in schema bullmq to ${application}`,
    `alter default privileges${byWhom} in schema bullmq grant select, insert, update, delete on tables to ${application}`,
    `alter default privileges${byWhom} in schema bullmq grant usage, select, update on sequences to ${application}`,
  ]
}
