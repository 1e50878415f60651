-- Models that are asked where the one that should answer cannot be, and the breakers of the accounts at their providers.
set local role neonhub_migrate;

create table model_settings (
  organization_id uuid not null references organizations on delete cascade,
  fallback_models text[] not null default '{}' check (cardinality(fallback_models) <= 3),
  actor text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id)
);
comment on table model_settings is 'What an organization has set for all of its model calls, whichever account they use.';
comment on column model_settings.fallback_models is
  'provider:model, in the order in which they are asked where the model of a call cannot be and its agent names none.';
comment on column model_settings.actor is 'Who set it last: user:ID, api_key:ID or cli.';
call protect_tenant_table('model_settings', 'select, insert, update');

alter table agent_configs add column fallback_models text[] check (cardinality(fallback_models) <= 3);
comment on column agent_configs.fallback_models is
  'In the place of the organization''s; its own where null, none where empty.';

alter table llm_calls add column fallback_for text, add column fallback_reason text;
comment on column llm_calls.fallback_for is
  'provider:model that should have answered and could not be asked; null where this is the one.';
comment on column llm_calls.fallback_reason is
  'Code of the error of the model before it; llm.circuit_open where its account is paused.';

create table model_breakers (
  organization_id uuid not null references organizations on delete cascade,
  provider text not null,
  faults integer not null default 1 check (faults > 0),
  open_until timestamptz,
  probe_until timestamptz,
  error jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  primary key (organization_id, provider)
);
comment on table model_breakers is
  'Providers whose account, the organization''s own or the installation''s, failed the last calls, for all workers together. One that works has no row.';
comment on column model_breakers.faults is 'How many calls failed in a row, each after its retries.';
comment on column model_breakers.open_until is
  'Until when calls go to the fallback at once; from then on one at a time tries, until one succeeds. Null while too few have failed.';
comment on column model_breakers.probe_until is 'Until when the call that is let through to try has to end.';
comment on column model_breakers.error is 'How the last of them failed.';
call protect_tenant_table('model_breakers', 'select, insert, update, delete');

create function pass_model_breaker(p_provider text, p_probe_ms integer) returns boolean
  language plpgsql
  as $$
declare
  v_until timestamptz;
begin
  select greatest(open_until, probe_until) into v_until from model_breakers
    where organization_id = current_organization() and provider = p_provider and open_until is not null;
  if v_until is null then
    return true;
  end if;
  if v_until > clock_timestamp() then
    return false;
  end if;
  update model_breakers set probe_until = clock_timestamp() + make_interval(secs => p_probe_ms / 1000.0)
    where organization_id = current_organization() and provider = p_provider
      and greatest(open_until, probe_until) <= clock_timestamp();
  return found;
end $$;
comment on function pass_model_breaker is
  'Whether a provider may be asked. Of those that ask an open breaker whose time is over, one is let through until p_probe_ms later.';

create function note_model_fault(p_provider text, p_threshold integer, p_open_ms integer, p_error jsonb) returns boolean
  language plpgsql
  as $$
declare
  v_opens boolean;
begin
  insert into model_breakers as b (organization_id, provider, error)
    values (current_organization(), p_provider, p_error)
    on conflict (organization_id, provider) do update set
      faults = b.faults + 1, error = excluded.error, probe_until = null, updated_at = clock_timestamp();
  update model_breakers
    set open_until = clock_timestamp() + make_interval(secs => p_open_ms / 1000.0)
    where organization_id = current_organization() and provider = p_provider and faults >= p_threshold
    returning faults = p_threshold into v_opens;
  return coalesce(v_opens, false);
end $$;
comment on function note_model_fault is
  'Counts a call that failed by the fault of its provider; with the p_threshold-th in a row and each after it calls go to the fallback for p_open_ms. Returns whether this one opened the breaker.';

do $$
declare
  v_change record;
  v_text text;
begin
  for v_change in
    select * from (values
      (
        'num_nonnulls(v_config.model, v_config.temperature, v_config.max_output_tokens) = 0',
        'num_nonnulls(v_config.model, v_config.temperature, v_config.max_output_tokens, v_config.fallback_models) = 0'
      ),
      (
        'jsonb_build_object(
    ''model'', v_config.model,',
        'jsonb_build_object(
    ''fallbackModels'', coalesce(
      v_config.fallback_models, (select fallback_models from model_settings where organization_id = p_organization_id)
    ),
    ''model'', v_config.model,'
      )
    ) as c(was, becomes)
  loop
    v_text := pg_get_functiondef('run_settings(uuid, uuid, uuid, text, boolean)'::regprocedure);
    if position(v_change.was in v_text) = 0 then
      raise exception 'run_settings has no "%"', v_change.was;
    end if;
    execute replace(v_text, v_change.was, v_change.becomes);
  end loop;
end $$;
