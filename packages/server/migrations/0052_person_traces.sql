set local role neonhub_migrate;

-- A colleague's note about someone else, or an event of theirs, may name the address too: only the persons' own rows are
-- exported elsewhere. The function of one parameter stays for servers of the release before.

create function find_traces(p_terms text[], p_person_ids uuid[]) returns table (table_name name, entry jsonb)
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
    ) as condition, case
      when c.table_name = 'people' then 'id'
      when c.table_name in ('person_identities', 'person_consents', 'person_topics', 'person_notes', 'objectives', 'events')
        then 'person_id'
    end as owner
    from text_columns() c where c.type_name <> 'tsvector'
    group by c.table_name order by c.table_name
  loop
    return query execute format(
      'select %L::name, to_jsonb(t) - ''organization_id'' - ''embedding'' - ''search'' from %I t
       where organization_id = (select current_organization()) and (%s)%s',
      v_table.name, v_table.name, v_table.condition, coalesce(' and ' || quote_ident(v_table.owner) || ' <> all ($3)', '')
    ) using v_plain, v_json, p_person_ids;
  end loop;
end $$;
comment on function find_traces(text[], uuid[]) is
  'Every row of the transaction''s organization that names one of these addresses, but for these people''s own.';
