-- Who has entered an organization has left what crosses them all.
set local role neonhub_migrate;

do $$
declare
  v_signature constant regprocedure :=
    'take_jobs(text, uuid, integer, uuid, jsonb, integer, integer, integer, integer, integer, uuid, uuid)'::regprocedure;
  v_text text := pg_get_functiondef(v_signature);
  v_was constant text := '
begin
  perform set_config(''role'', ''neonhub_system'', true);';
begin
  if position(v_was in v_text) = 0 then
    raise exception 'take_jobs begins with something else';
  end if;
  execute replace(v_text, v_was, '
begin
  if current_user in (''neonhub_app'', ''neonhub_readonly'') then
    raise exception ''jobs are handed out across organizations, and not from inside of one''
      using errcode = ''insufficient_privilege'';
  end if;
  perform set_config(''role'', ''neonhub_system'', true);');
end $$;
