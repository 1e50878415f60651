-- Evals: what an agent answers to a set of cases, measured, so that a change is known before it ships.
set local role neonhub_migrate;

create type eval_status as enum ('running', 'finished', 'cancelled');
create type eval_item_status as enum ('pending', 'running', 'scoring', 'done', 'failed', 'cancelled');

create table eval_datasets (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  slug citext not null check (slug <> ''),
  agent text not null,
  intent text not null,
  brand_id uuid,
  description text not null default '',
  evaluators jsonb not null default '[]',
  evaluators_version integer not null default 0 check (evaluators_version >= 0),
  created_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, slug),
  foreign key (organization_id, brand_id) references brands (organization_id, id)
);
comment on table eval_datasets is 'Cases of one intent of an agent, with the evaluators that its answers are measured by.';
comment on column eval_datasets.brand_id is 'The brand that its runs work for; null where the intent needs none.';
comment on column eval_datasets.evaluators is 'JSON array as the contract''s Evaluators reads it. Each eval keeps a copy of those that it was measured by.';
comment on column eval_datasets.evaluators_version is 'Grows with each change of the evaluators; 0 where there never were any.';
comment on column eval_datasets.created_by is 'user:ID, api_key:ID or cli.';
create index eval_datasets_brand_id_idx on eval_datasets (organization_id, brand_id) where brand_id is not null;
call protect_tenant_table(
  'eval_datasets', 'select, insert, update (description, evaluators, evaluators_version, updated_at), delete'
);

create table eval_cases (
  organization_id uuid not null,
  id uuid not null,
  dataset_id uuid not null,
  name text not null check (name <> ''),
  version integer not null check (version > 0),
  input jsonb not null,
  expected jsonb,
  tags text[] not null default '{}',
  content_hash text not null,
  removed boolean not null default false,
  source_run_id uuid,
  created_by text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, dataset_id, name, version),
  foreign key (organization_id, dataset_id) references eval_datasets (organization_id, id) on delete cascade,
  foreign key (organization_id, source_run_id) references agent_runs (organization_id, id)
    on delete set null (source_run_id)
);
comment on table eval_cases is 'What an agent is asked in evals, in versions that do not change: the newest of a name is in force, unless it says that the case was removed.';
comment on column eval_cases.input is 'What the intent is asked with, as it was handed in.';
comment on column eval_cases.expected is 'What a good answer is or has; null where nothing is said.';
comment on column eval_cases.content_hash is 'SHA-256 of input, expected and tags, so that the same is not added twice.';
comment on column eval_cases.removed is 'This version says that the case is no longer asked.';
comment on column eval_cases.source_run_id is 'The run that it was taken from; null where there was none, or once retention has removed it.';
comment on column eval_cases.created_by is 'user:ID, api_key:ID or cli.';
create index eval_cases_source_run_id_idx on eval_cases (organization_id, source_run_id) where source_run_id is not null;
call protect_tenant_table('eval_cases', 'select, insert');

create table eval_runs (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  dataset_id uuid not null,
  status eval_status not null default 'running',
  note text not null default '',
  repeat integer not null check (repeat between 1 and 20),
  evaluators jsonb not null,
  evaluators_version integer not null,
  prompts jsonb not null default '[]',
  model text,
  waiting jsonb,
  wake_at timestamptz not null default now(),
  job_id uuid,
  requested_by text not null,
  cancelled_by text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  check ((status = 'running') = (finished_at is null)),
  foreign key (organization_id, dataset_id) references eval_datasets (organization_id, id) on delete cascade,
  foreign key (organization_id, job_id) references agent_jobs (organization_id, id) on delete set null (job_id)
);
comment on table eval_runs is 'Every case of a data set asked once or more, and what came of it.';
comment on column eval_runs.repeat is 'How often each case is asked.';
comment on column eval_runs.evaluators is 'Those of the data set when it began.';
comment on column eval_runs.prompts is 'JSON array of {key, version, isCandidate}: which text of each task is asked, 0 being the code''s, and whether in the place of what was in force.';
comment on column eval_runs.model is 'provider:model asked in the place of the configured one; null where that one is asked.';
comment on column eval_runs.waiting is 'JSON {code, message, hint, retryable}: why nothing goes on, such as a budget that is spent; null otherwise.';
comment on column eval_runs.wake_at is 'When a worker looks at it again at the latest, where no job has it.';
comment on column eval_runs.job_id is 'The job that carries it on; null once retention has removed it.';
comment on column eval_runs.requested_by is 'user:ID, api_key:ID or cli. Likewise cancelled_by.';
create index eval_runs_dataset_id_idx on eval_runs (organization_id, dataset_id, id);
create index eval_runs_job_id_idx on eval_runs (organization_id, job_id) where job_id is not null;
create index eval_runs_wake_at_idx on eval_runs (wake_at) where status = 'running';
call protect_tenant_table(
  'eval_runs', 'select, insert, update (status, waiting, wake_at, job_id, cancelled_by, finished_at, updated_at)'
);
call open_to_system('eval_runs', 'select (organization_id, id, status, wake_at)');

create table eval_items (
  organization_id uuid not null,
  id uuid not null,
  eval_id uuid not null,
  case_id uuid not null,
  repetition integer not null check (repetition > 0),
  status eval_item_status not null default 'pending',
  run_id uuid,
  error jsonb,
  models text[] not null default '{}',
  cost_micros bigint not null default 0,
  duration_ms bigint,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, eval_id, case_id, repetition),
  foreign key (organization_id, eval_id) references eval_runs (organization_id, id) on delete cascade,
  foreign key (organization_id, case_id) references eval_cases (organization_id, id) on delete cascade,
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete set null (run_id)
);
comment on table eval_items is 'One case asked once: its run is written in one transaction with this row''s run_id, so that none is asked twice.';
comment on column eval_items.status is 'scoring: the run has succeeded and evaluators are at its answer. failed: it was refused or its run has failed.';
comment on column eval_items.run_id is 'Null while none is started, where it was refused, or once retention has removed it.';
comment on column eval_items.error is 'JSON {code, message, hint, retryable} of a refusal, or of the run.';
comment on column eval_items.models is 'provider:model of the run''s generations, as far as they were answered.';
comment on column eval_items.cost_micros is 'Of the run and those below it, kept for when it is gone. Likewise duration_ms.';
create index eval_items_case_id_idx on eval_items (organization_id, case_id);
create index eval_items_run_id_idx on eval_items (organization_id, run_id) where run_id is not null;
call protect_tenant_table(
  'eval_items', 'select, insert, update (status, run_id, error, models, cost_micros, duration_ms, updated_at)'
);

create table eval_results (
  organization_id uuid not null,
  item_id uuid not null,
  evaluator text not null check (evaluator <> ''),
  score double precision check (score between 0 and 1),
  passed boolean,
  reason text not null default '',
  error jsonb,
  cost_micros bigint not null default 0,
  llm_call_id uuid,
  created_at timestamptz not null default now(),
  primary key (organization_id, item_id, evaluator),
  check (score is null or error is null),
  check ((score is null) = (passed is null)),
  foreign key (organization_id, item_id) references eval_items (organization_id, id) on delete cascade
);
comment on table eval_results is 'What an evaluator says of an answer, once. People''s marks are not copied: they stand in run_scores.';
comment on column eval_results.evaluator is 'Its name among the eval''s evaluators.';
comment on column eval_results.score is 'From 0 to 1; null where it could not score, and error says why.';
comment on column eval_results.reason is 'In a sentence or a few: what was found, or a judge''s reasons.';
comment on column eval_results.cost_micros is 'Of a judge''s call.';
comment on column eval_results.llm_call_id is 'The judge''s call; no reference, since retention removes calls.';
call protect_tenant_table('eval_results', 'select, insert');

comment on column agent_runs.requested_by is 'user:ID, api_key:ID, cli, run:ID, schedule:ID with who made the schedule, or eval:ID with who asked for the eval.';
