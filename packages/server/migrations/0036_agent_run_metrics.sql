-- What agents did day by day, for longer than their runs are kept.
set local role neonhub_migrate;

create table agent_run_metrics (
  organization_id uuid not null references organizations on delete cascade,
  day date not null,
  agent text not null,
  intent text not null,
  succeeded integer not null default 0 check (succeeded >= 0),
  failed integer not null default 0 check (failed >= 0),
  cancelled integer not null default 0 check (cancelled >= 0),
  duration_p50_ms bigint,
  duration_p95_ms bigint,
  cost_micros bigint not null default 0,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  tool_calls integer not null default 0,
  approvals integer not null default 0,
  is_final boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, day, agent, intent)
);
comment on table agent_run_metrics is
  'The runs that ended on a day, by agent and intent, child runs among them. Made of agent_runs again and again until retention removes those; a run that is resumed counts on the day of its last end.';
comment on column agent_run_metrics.day is 'In the organization''s time zone as it was when the day was last added up.';
comment on column agent_run_metrics.duration_p50_ms is 'Median from a run''s first attempt to its end, waiting for people included; null where none had an attempt. Percentiles of days do not add up.';
comment on column agent_run_metrics.cost_micros is 'Of the runs'' own calls to models, without their child runs, which have rows of their own. Likewise tokens, tool_calls and approvals.';
comment on column agent_run_metrics.approvals is 'How many calls asked for a person''s yes.';
comment on column agent_run_metrics.is_final is 'Runs of the day may be gone: what is counted here is never lowered any more.';
call protect_tenant_table('agent_run_metrics', 'select, insert, update, delete');

-- Child runs end too: the index that retention uses has roots alone.
create index agent_runs_ended_at_idx on agent_runs (organization_id, finished_at) where finished_at is not null;
