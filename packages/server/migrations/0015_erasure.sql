set local role neonhub_migrate;

-- Journals are append-only for the application. Erasing a person is the exception, and this role makes it: within one
-- organization, by the two functions below and by nothing else.
create or replace procedure protect_tenant_table(target regclass, grants text)
  language plpgsql
  as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  -- The sub-select makes the setting be read once a statement, not once a row.
  execute format(
    'create policy tenant on %s to neonhub_app, neonhub_readonly using (organization_id = (select current_organization())) with check (organization_id = (select current_organization()))',
    target
  );
  execute format(
    'create policy erasure on %s to neonhub_migrate using (organization_id = (select current_organization())) with check (organization_id = (select current_organization()))',
    target
  );
  execute format('grant %s on %s to neonhub_app', grants, target);
  execute format('grant select on %s to neonhub_readonly', target);
  call open_to_owner(target);
end $$;

do $$
declare
  target regclass;
begin
  for target in
    select polrelid::regclass from pg_policy join pg_class on pg_class.oid = polrelid
    where polname = 'tenant' and relname <> 'organizations'
  loop
    execute format(
      'create policy erasure on %s to neonhub_migrate using (organization_id = (select current_organization())) with check (organization_id = (select current_organization()))',
      target
    );
  end loop;
end $$;

create function text_columns() returns table (table_name name, column_name name, type_name text)
  language sql stable
  as $$
    select c.relname, a.attname, format_type(a.atttypid, null)
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and format_type(a.atttypid, null) in ('text', 'citext', 'jsonb', 'text[]', 'tsvector')
      and exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'organization_id')
      and c.relname not in ('organization_members', 'invitations', 'api_keys', 'connector_auths', 'credentials', 'suppressions')
    order by c.relname, a.attnum
  $$;
comment on function text_columns is
  'Every column of a tenant table that can hold a text, from the catalogue, so that a table of tomorrow is among them. Left out: the organization''s own accounts and members, and suppressions, which erasing keeps by hash.';

create function escape_pattern(term text) returns text
  language sql immutable parallel safe
  return regexp_replace(term, '([^[:alnum:]@_])', '\\\1', 'g');

create function term_pattern(terms text[], in_json boolean) returns text
  language sql immutable parallel safe
  as $$
    select '(?:(?<![[:alnum:]._%+-])|(?<=\\[nrtbf]))(?:'
      || string_agg(escape_pattern(case when in_json then substr(j, 2, length(j) - 2) else term end), '|' order by length(term) desc)
      || ')(?![[:alnum:]_%+-])(?!\.[[:alnum:]])'
    from unnest(terms) term, lateral (select to_jsonb(term)::text as j) json
  $$;
comment on function term_pattern is
  'A regular expression that finds each term standing by itself: not joann@example.com for ann@example.com. In JSON text a term may follow an escape such as \n.';

create function erase_person(p_person_ids uuid[], p_terms text[], p_marker text) returns jsonb
  language plpgsql
  security definer
  set search_path = public, pg_temp
  as $$
declare
  v_organization uuid := current_organization();
  v_plain text := term_pattern(p_terms, false);
  v_json text := term_pattern(p_terms, true);
  v_lexemes text[] := (select array_agg(lower(term)) from unnest(p_terms) term);
  v_column record;
  v_name text;
  v_count bigint;
  v_tables jsonb := '[]';
  v_audit uuid[] := '{}';
  v_ids uuid[];
begin
  if v_organization is null then
    raise exception 'erase_person needs an organization';
  end if;
  if exists (select from unnest(p_terms) term where length(term) < 6) then
    raise exception 'erase_person takes whole addresses';
  end if;
  foreach v_name in array array['events', 'person_notes', 'person_topics', 'person_consents', 'person_identities'] loop
    execute format('delete from %I where organization_id = $1 and person_id = any ($2)', v_name)
      using v_organization, p_person_ids;
    get diagnostics v_count = row_count;
    if v_count > 0 then
      v_tables := v_tables || jsonb_build_object('table', v_name, 'deleted', v_count);
    end if;
  end loop;
  delete from people where organization_id = v_organization and id = any (p_person_ids);
  get diagnostics v_count = row_count;
  if v_count > 0 then
    v_tables := v_tables || jsonb_build_object('table', 'people', 'deleted', v_count);
  end if;
  for v_column in select * from text_columns() loop
    if v_column.table_name = 'audit_logs' then
      execute format(
        'with redacted as (
           update audit_logs set %1$I = regexp_replace(%1$I::text, $2, $3, ''gi'')::%2$s
           where organization_id = $1 and %1$I::text ~* $2 returning id
         ) select array_agg(id) from redacted',
        v_column.column_name, v_column.type_name
      ) into v_ids using v_organization, case v_column.type_name when 'jsonb' then v_json else v_plain end, p_marker;
      v_count := coalesce(array_length(v_ids, 1), 0);
      v_audit := v_audit || coalesce(v_ids, '{}');
    else
      if v_column.type_name = 'tsvector' then
        execute format(
          'update %1$I set %2$I = ts_delete(%2$I, $2) where organization_id = $1 and ts_delete(%2$I, $2) <> %2$I',
          v_column.table_name, v_column.column_name
        ) using v_organization, v_lexemes;
      elsif v_column.type_name = 'text[]' then
        execute format(
          'update %1$I set %2$I = array(select regexp_replace(part, $2, $3, ''gi'') from unnest(%2$I) part)
           where organization_id = $1 and exists (select from unnest(%2$I) part where part ~* $2)',
          v_column.table_name, v_column.column_name
        ) using v_organization, v_plain, p_marker;
      else
        execute format(
          'update %1$I set %2$I = regexp_replace(%2$I::text, $2, $3, ''gi'')::%3$s
           where organization_id = $1 and %2$I::text ~* $2',
          v_column.table_name, v_column.column_name, v_column.type_name
        ) using v_organization, case v_column.type_name when 'jsonb' then v_json else v_plain end, p_marker;
      end if;
      get diagnostics v_count = row_count;
    end if;
    if v_count > 0 then
      v_tables := v_tables || jsonb_build_object(
        'table', v_column.table_name, 'column', v_column.column_name, 'redacted', v_count
      );
    end if;
  end loop;
  return jsonb_build_object('tables', v_tables, 'auditIds', (select coalesce(jsonb_agg(distinct id), '[]') from unnest(v_audit) id));
end $$;
comment on function erase_person is
  'Deletes people with all that is theirs, and puts a marker in the place of their addresses in every other text of the transaction''s organization. Hashes of what was there stay as they are.';
revoke execute on function erase_person from public;
grant execute on function erase_person to neonhub_app;

create function find_traces(p_terms text[]) returns table (table_name name, entry jsonb)
  language plpgsql
  stable
  as $$
declare
  v_plain text := term_pattern(p_terms, false);
  v_json text := term_pattern(p_terms, true);
  v_table record;
begin
  for v_table in
    select c.table_name as name, string_agg(
      case c.type_name
        when 'text[]' then format('array_to_string(%I, chr(10)) ~* $1', c.column_name)
        when 'jsonb' then format('%I::text ~* $2', c.column_name)
        else format('%I::text ~* $1', c.column_name)
      end, ' or ' order by c.column_name
    ) as condition
    from text_columns() c where c.type_name <> 'tsvector'
      and c.table_name not in ('people', 'person_identities', 'person_consents', 'person_topics', 'person_notes', 'events')
    group by c.table_name order by c.table_name
  loop
    return query execute format(
      'select %L::name, to_jsonb(t) - ''organization_id'' - ''embedding'' - ''search'' from %I t
       where organization_id = (select current_organization()) and (%s)',
      v_table.name, v_table.name, v_table.condition
    ) using v_plain, v_json;
  end loop;
end $$;
comment on function find_traces is
  'Every row of the transaction''s organization outside of the people''s own tables that names one of these addresses.';
