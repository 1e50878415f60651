-- What people make of runs.
set local role neonhub_migrate;

create table run_scores (
  organization_id uuid not null,
  id uuid not null,
  run_id uuid not null,
  step_key text check (step_key <> ''),
  name text not null check (length(name) between 1 and 100),
  value double precision not null check (value between 0 and 1),
  comment text not null default '' check (length(comment) <= 2000),
  scored_by text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete cascade
);
comment on table run_scores is 'A person''s mark on a run, or on one of its steps. Marks are added and never changed: the newest of a person counts.';
comment on column run_scores.step_key is 'The step that is marked, which was there; null where it is the whole run.';
comment on column run_scores.name is 'What is marked: quality, tone, facts.';
comment on column run_scores.value is 'From 0 (bad) to 1 (good).';
comment on column run_scores.scored_by is 'user:ID, api_key:ID or cli.';
create index run_scores_run_id_idx on run_scores (organization_id, run_id, id);
call protect_tenant_table('run_scores', 'select, insert');
