set local role neonhub_migrate;

create type prompt_version_status as enum ('draft', 'active', 'archived');
-- A call that its organization lets go at certain hours, or so often, waits for its time.
alter type run_waiting_reason add value 'send_time';

create table agent_policies (
  organization_id uuid not null,
  agent_id uuid not null,
  version integer not null check (version > 0),
  rules jsonb not null,
  note text not null default '',
  actor text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, agent_id, version),
  foreign key (organization_id, agent_id) references agents (organization_id, id) on delete cascade
);
comment on table agent_policies is
  'By which an organization narrows what an agent''s code allows. Every change is a new row, append-only, and the newest counts; no row leaves the code''s policy as it is.';
comment on column agent_policies.rules is 'tools, recipients, sendWindow, caps, approvals; see runtime/settings/policy-rules.ts.';
comment on column agent_policies.actor is 'user:ID, api_key:ID or cli.';
call protect_tenant_table('agent_policies', 'select, insert');

create table agent_configs (
  organization_id uuid not null,
  agent_id uuid not null,
  version integer not null check (version > 0),
  brand_id uuid,
  model text,
  temperature double precision check (temperature between 0 and 2),
  max_output_tokens integer check (max_output_tokens > 0),
  actor text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, agent_id, version),
  foreign key (organization_id, agent_id) references agents (organization_id, id) on delete cascade,
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade
);
comment on table agent_configs is
  'With which settings an agent asks models. Every change is a new row, append-only. The newest of the run''s brand counts, else the newest without a brand.';
comment on column agent_configs.version is 'Counts the changes of the agent, of all its brands together.';
comment on column agent_configs.brand_id is 'Null for every brand that has no row of its own, or a newest one that sets nothing.';
comment on column agent_configs.model is 'provider:model; the installation''s default where null. Likewise the others.';
comment on column agent_configs.actor is 'user:ID, api_key:ID or cli.';
create index agent_configs_brand_id_idx on agent_configs (organization_id, brand_id) where brand_id is not null;
call protect_tenant_table('agent_configs', 'select, insert');

create table prompts (
  organization_id uuid not null,
  id uuid not null,
  agent_id uuid not null,
  intent text not null,
  step_key text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, agent_id, intent, step_key),
  foreign key (organization_id, agent_id) references agents (organization_id, id) on delete cascade
);
comment on table prompts is 'The prompts of agents for which the organization has written a text of its own.';
comment on column prompts.step_key is 'The key under which the intent''s code declares it: the step''s, with {name} where that varies.';
call protect_tenant_table('prompts', 'select, insert');

create table prompt_versions (
  organization_id uuid not null,
  prompt_id uuid not null,
  version integer not null check (version > 0),
  status prompt_version_status not null default 'draft',
  task text not null,
  code_task text not null,
  note text not null default '',
  actor text not null,
  activated_by text,
  activated_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, prompt_id, version),
  foreign key (organization_id, prompt_id) references prompts (organization_id, id) on delete cascade
);
comment on table prompt_versions is
  'The organization''s texts of a prompt''s task. Version 0 is the code''s and stands in the code: it is asked where none is active.';
comment on column prompt_versions.task is 'With {name} where the code fills something in.';
comment on column prompt_versions.code_task is 'The code''s text when this one was written, so that a later change of it is seen.';
comment on column prompt_versions.actor is 'Who wrote it: user:ID, api_key:ID or cli. Likewise activated_by.';
create unique index prompt_versions_active_key on prompt_versions (organization_id, prompt_id) where status = 'active';
call protect_tenant_table('prompt_versions', 'select, insert, update (status, activated_by, activated_at, updated_at)');

create table agent_capabilities (
  agent text not null,
  intent text not null,
  version integer not null default 1,
  schema_hash text not null,
  input_schema jsonb not null,
  output_schema jsonb not null,
  gone_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (agent, intent)
);
comment on table agent_capabilities is
  'The intents as the code had them when a server last started, so that a change is seen by the runs that began before it.';
comment on column agent_capabilities.version is 'Grows with every change of the schemas.';
comment on column agent_capabilities.schema_hash is 'SHA-256 of both schemas'' canonical text; agent_runs.schema_hash is compared with it.';
comment on column agent_capabilities.gone_at is 'Since when the code has it no longer; null where it has.';
grant select on agent_capabilities to neonhub_app, neonhub_readonly;
grant select, insert, update on agent_capabilities to neonhub_system;

create table tools (
  name text not null primary key,
  connector text not null,
  effect effect_class not null,
  version integer not null default 1,
  schema_hash text not null,
  input_schema jsonb not null,
  gone_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table tools is
  'The tools as the code had them when a server last started, so that a policy which names one that is gone is told of it.';
comment on column tools.version is 'Grows with every change of the effect class or of the schema.';
comment on column tools.schema_hash is 'SHA-256 of effect class and schema''s canonical text.';
comment on column tools.gone_at is 'Since when the code has it no longer; null where it has.';
grant select on tools to neonhub_app, neonhub_readonly;
grant select, insert, update on tools to neonhub_system;

alter table agent_runs
  add column policy_version integer,
  add column config_version integer,
  add column schema_hash text,
  add column tries_drafts boolean not null default false,
  add foreign key (organization_id, agent_id, policy_version)
    references agent_policies (organization_id, agent_id, version),
  add foreign key (organization_id, agent_id, config_version)
    references agent_configs (organization_id, agent_id, version);
comment on column agent_runs.policy_version is 'Of the organization''s policy when the newest attempt began; null where there was none. Each call names its own.';
comment on column agent_runs.config_version is 'Of the agent''s configuration in the newest attempt; null where there was none.';
comment on column agent_runs.schema_hash is 'Of the intent''s schemas when the run was asked for; see agent_capabilities.';
comment on column agent_runs.tries_drafts is 'The newest drafts of the organization''s prompts are asked in the place of the active ones.';
create index agent_runs_policy_version_idx on agent_runs (organization_id, agent_id, policy_version)
  where policy_version is not null;
create index agent_runs_config_version_idx on agent_runs (organization_id, agent_id, config_version)
  where config_version is not null;
create index agent_runs_open_idx on agent_runs (organization_id, agent, intent)
  where status in ('queued', 'running', 'waiting', 'needs_attention');

alter table llm_calls
  add column prompt_id uuid,
  add column prompt_version integer,
  add foreign key (organization_id, prompt_id, prompt_version)
    references prompt_versions (organization_id, prompt_id, version);
comment on column llm_calls.prompt_version is 'Which of the organization''s texts was asked; null where it was the code''s.';
create index llm_calls_prompt_version_idx on llm_calls (organization_id, prompt_id, prompt_version)
  where prompt_id is not null;

alter table tool_executions add column policy_version integer, add column not_before timestamptz;
comment on column tool_executions.policy_version is 'Of the organization''s policy that the guards asked last; null where there was none.';
comment on column tool_executions.not_before is 'Until when the call waits for its send window, or for room under a cap; null where it waits for neither.';
create index tool_executions_not_before_idx on tool_executions (not_before) where not_before is not null;
create index tool_executions_started_at_idx on tool_executions (organization_id, tool, started_at)
  where started_at is not null;
call open_to_system('tool_executions', 'select (organization_id, run_id, status, not_before)');
