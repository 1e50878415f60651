set local role neonhub_migrate;

-- Where two texts of a unique key were told apart by an address alone, the same marker in both made them equal, and the key
-- refused the whole erasure. Such texts now also get a suffix. It comes of the text before, so that one name stays one name
-- in all of its rows and wherever it is named, and of a salt that nobody keeps, so that it leads back to no address.
create function is_in_unique_key(target regclass, column_name name) returns boolean
  language sql stable
  as $$
    select exists (
      select from pg_index i
      join pg_attribute a on a.attrelid = i.indrelid and a.attname = $2
      where i.indrelid = target and i.indisunique and (
        a.attnum = any (i.indkey)
        -- In an expression, such as lower(name).
        or exists (
          select from pg_depend d
          where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
            and d.refclassid = 'pg_class'::regclass and d.refobjid = i.indrelid and d.refobjsubid = a.attnum
        )
      )
    )
  $$;
comment on function is_in_unique_key is 'Whether a unique index has this column, by itself or in an expression.';

create or replace function erase_person(p_person_ids uuid[], p_terms text[], p_marker text) returns jsonb
  language plpgsql
  security definer
  set search_path = public, pg_temp
  as $$
declare
  v_organization uuid := current_organization();
  v_plain text := term_pattern(p_terms, false);
  v_json text := term_pattern(p_terms, true);
  v_lexemes text[] := (select array_agg(lower(term)) from unnest(p_terms) term);
  v_salt text := gen_random_uuid()::text || gen_random_uuid()::text;
  -- Texts of unique keys that got a suffix, by what they were before.
  v_renamed jsonb := '{}';
  v_more jsonb;
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
  for v_column in
    select *, type_name in ('text', 'citext') and is_in_unique_key(format('public.%I', table_name)::regclass, column_name) as is_key
    from text_columns()
    order by is_key desc, table_name
  loop
    if v_column.is_key then
      execute format(
        'with named as (
           select distinct %2$I::text as earlier, regexp_replace(%2$I::text, $2, $3, ''gi'') as redacted
           from %1$I where organization_id = $1
             and (%2$I::text ~* $2 or position(lower($3) in lower(%2$I::text)) > 0)
         )
         select jsonb_object_agg(earlier, redacted || ''-'' || left(md5($4 || earlier), 12))
         from named where earlier <> redacted
           and (select count(*) from named other where lower(other.redacted) = lower(named.redacted)) > 1',
        v_column.table_name, v_column.column_name
      ) into v_more using v_organization, v_plain, p_marker, v_salt;
      v_renamed := v_renamed || coalesce(v_more, '{}');
    end if;
  end loop;
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
      elsif v_column.type_name = 'jsonb' then
        execute format(
          'update %1$I set %2$I = regexp_replace(%2$I::text, $2, $3, ''gi'')::jsonb
           where organization_id = $1 and %2$I::text ~* $2',
          v_column.table_name, v_column.column_name
        ) using v_organization, v_json, p_marker;
      else
        execute format(
          'update %1$I set %2$I = coalesce($4 ->> %2$I::text, regexp_replace(%2$I::text, $2, $3, ''gi''))::%3$s
           where organization_id = $1 and %2$I::text ~* $2',
          v_column.table_name, v_column.column_name, v_column.type_name
        ) using v_organization, v_plain, p_marker, v_renamed;
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
