-- A brand's voice, learned from what the brand has published and people approved.
set local role neonhub_migrate;

create type model_kind as enum ('brand_voice');
create type model_version_state as enum ('candidate', 'active', 'retired');
create type training_status as enum ('queued', 'running', 'succeeded', 'failed', 'cancelled');

create table model_versions (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  kind model_kind not null default 'brand_voice',
  brand_id uuid not null,
  number integer not null check (number > 0),
  parent_id uuid,
  state model_version_state not null default 'candidate',
  rules jsonb not null default '[]',
  examples jsonb not null default '[]',
  measures jsonb,
  embedding_space_id uuid,
  embedding vector,
  sources_hash text,
  fingerprint text,
  created_by text not null,
  activated_by text,
  activated_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, brand_id, number),
  unique (organization_id, brand_id, fingerprint),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade,
  foreign key (organization_id, parent_id) references model_versions (organization_id, id) deferrable,
  foreign key (organization_id, embedding_space_id) references embedding_spaces (organization_id, id)
);
comment on table model_versions is 'What a tuning made of a brand''s voice, in versions: a candidate is used once a person activates it, and an earlier one can be activated again.';
comment on column model_versions.kind is 'What it is a version of; models that are served elsewhere will be other kinds.';
comment on column model_versions.number is 'From 1, within the brand. The first is the voice as people wrote it, with nothing learned: the way back.';
comment on column model_versions.parent_id is 'The version that was active when this one was made, and that it was compared with.';
comment on column model_versions.state is 'One of a brand is active; retired ones were.';
comment on column model_versions.rules is 'JSON array of the sentences that were learned. What people wrote stands in the voice before them.';
comment on column model_versions.examples is 'JSON array of passages of the sources, likewise.';
comment on column model_versions.measures is 'JSON of style, terms, spread and the comparison on held-out texts, as learning/measures.ts reads it; null for the voice as people wrote it.';
comment on column model_versions.embedding is 'Unit vector: the mean direction of the passages it was made from; its space tells the dimension.';
comment on column model_versions.sources_hash is 'SHA-256 of the texts it was made from.';
comment on column model_versions.fingerprint is 'SHA-256 of all that decides the result: sources, background, voice, seed, embedding model, procedure. The same is never made twice.';
comment on column model_versions.created_by is 'user:ID, api_key:ID or cli. Likewise activated_by.';
create unique index model_versions_active_idx on model_versions (organization_id, brand_id) where state = 'active';
create index model_versions_parent_id_idx on model_versions (organization_id, parent_id) where parent_id is not null;
create index model_versions_embedding_space_id_idx on model_versions (organization_id, embedding_space_id)
  where embedding_space_id is not null;
call protect_tenant_table(
  'model_versions', 'select, insert, update (state, activated_by, activated_at, updated_at)'
);

create table training_jobs (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  kind model_kind not null default 'brand_voice',
  brand_id uuid not null,
  job_id uuid not null,
  model_version_id uuid,
  status training_status not null default 'queued',
  sources jsonb not null default '{}',
  seed integer not null default 1,
  stage text not null default 'waiting',
  progress integer not null default 0 check (progress between 0 and 100),
  texts integer not null default 0,
  training_passages integer not null default 0,
  held_out_passages integer not null default 0,
  contrast_passages integer not null default 0,
  error jsonb,
  requested_by text not null,
  cancelled_by text,
  started_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  check ((status in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null)),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade,
  -- Retention removes finished jobs, and what they were about with them.
  foreign key (organization_id, job_id) references agent_jobs (organization_id, id) on delete cascade,
  foreign key (organization_id, model_version_id) references model_versions (organization_id, id)
    on delete set null (model_version_id)
);
comment on table training_jobs is 'That somebody asked for a brand''s voice to be learned, from which sources, and what came of it.';
comment on column training_jobs.job_id is 'The job that a worker does; one that took down its workers leaves this row unfinished and is shown as failed.';
comment on column training_jobs.model_version_id is 'What it came to: a new version, or the one that the same sources had made before.';
comment on column training_jobs.sources is 'JSON {datasetIds, approvedContent}; without datasetIds, all of the brand''s.';
comment on column training_jobs.seed is 'Decides which texts are held out and which passages are drawn.';
comment on column training_jobs.stage is 'What is being done, in a word.';
comment on column training_jobs.progress is 'Percent.';
comment on column training_jobs.texts is 'Documents and pieces that had something to learn from.';
comment on column training_jobs.contrast_passages is 'Passages of other brands, or shuffled ones, that the voice had to be told from.';
comment on column training_jobs.error is 'JSON {code, message, hint, retryable}.';
comment on column training_jobs.requested_by is 'user:ID, api_key:ID or cli. Likewise cancelled_by.';
create index training_jobs_brand_id_idx on training_jobs (organization_id, brand_id, id);
create index training_jobs_job_id_idx on training_jobs (organization_id, job_id);
create index training_jobs_model_version_id_idx on training_jobs (organization_id, model_version_id)
  where model_version_id is not null;
call protect_tenant_table(
  'training_jobs',
  'select, insert, update (model_version_id, status, stage, progress, texts, training_passages, held_out_passages, contrast_passages, error, cancelled_by, started_at, finished_at, updated_at)'
);

alter table brand_voices
  add column model_version_id uuid,
  add column learned_rules integer not null default 0,
  add column learned_examples integer not null default 0,
  add foreign key (organization_id, model_version_id) references model_versions (organization_id, id);
comment on column brand_voices.model_version_id is 'The tuned version that was active when this one was made; null for a brand that never had one.';
comment on column brand_voices.learned_rules is 'How many of the rules, the last of them, were learned. Likewise learned_examples. The others people wrote.';
create index brand_voices_model_version_id_idx on brand_voices (organization_id, model_version_id)
  where model_version_id is not null;

alter type notification_kind add value 'tuning_finished';
alter type notification_kind add value 'tuning_failed';
