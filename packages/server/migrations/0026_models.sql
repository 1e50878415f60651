-- The providers of models that an organization pays itself, and what their models cost it.
set local role neonhub_migrate;

create type model_provider as enum ('openai', 'anthropic', 'google', 'compatible');

create table inference_endpoints (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  provider model_provider not null,
  base_url text,
  credential_id uuid,
  default_model text check (default_model <> ''),
  checked_at timestamptz,
  check_error text,
  actor text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, provider),
  foreign key (organization_id, credential_id) references credentials (organization_id, id),
  check (provider <> 'compatible' or base_url is not null)
);
comment on table inference_endpoints is
  'An organization''s own account at a provider of models: its calls go there in the place of the installation''s.';
comment on column inference_endpoints.base_url is 'Null for the provider''s own. A server that speaks OpenAI''s dialect has no other.';
comment on column inference_endpoints.credential_id is 'The sealed key; a server of one''s own may take none.';
comment on column inference_endpoints.default_model is
  'Asked where neither code nor configuration names a model. At most one of the organization''s endpoints has one.';
comment on column inference_endpoints.check_error is 'What the provider said at the newest check; null where it answered.';
create unique index inference_endpoints_default_model_idx on inference_endpoints (organization_id)
  where default_model is not null;
create index inference_endpoints_credential_id_idx on inference_endpoints (organization_id, credential_id)
  where credential_id is not null;
call protect_tenant_table('inference_endpoints', 'select, insert, update, delete');

create table model_prices (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  provider model_provider not null,
  model text not null check (model <> ''),
  effective_from date not null,
  currency text not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
  input_micros bigint not null check (input_micros >= 0),
  cache_read_micros bigint not null check (cache_read_micros >= 0),
  cache_write_micros bigint not null check (cache_write_micros >= 0),
  output_micros bigint not null check (output_micros >= 0),
  actor text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, provider, model, effective_from)
);
comment on table model_prices is
  'What an organization has agreed with a provider, or knows of a model that the list prices lack; asked before those.';
comment on column model_prices.effective_from is 'From this day (UTC) until the next row of the model.';
comment on column model_prices.input_micros is 'Millionths of the currency for a million tokens, as in the columns beside it.';
comment on column model_prices.output_micros is 'Reasoning is billed as output.';
call protect_tenant_table('model_prices', 'select, insert, update, delete');

alter table llm_calls
  add column endpoint_id uuid,
  add foreign key (organization_id, endpoint_id) references inference_endpoints (organization_id, id)
    on delete set null (endpoint_id);
comment on column llm_calls.endpoint_id is 'The organization''s own account that was asked; null where it was the installation''s.';
create index llm_calls_endpoint_id_idx on llm_calls (organization_id, endpoint_id) where endpoint_id is not null;
