set local role neonhub_migrate;

create type agent_kind as enum ('copilot', 'workflow', 'analyst');
create type agent_status as enum ('active', 'paused');
create type run_status as enum ('queued', 'running', 'waiting', 'succeeded', 'failed', 'needs_attention', 'cancelled');
create type run_waiting_reason as enum ('approval', 'unknown_effect', 'child');
create type step_kind as enum ('step', 'child');
create type step_status as enum ('succeeded', 'failed');
create type effect_class as enum ('read', 'idempotent', 'lookup', 'once');
create type tool_execution_status as enum (
  'planned', 'awaiting_approval', 'executing', 'succeeded', 'failed', 'unknown', 'denied', 'expired'
);
create type approval_status as enum ('pending', 'approved', 'denied', 'expired', 'used');
create type llm_call_status as enum ('running', 'succeeded', 'failed');
create type job_status as enum ('queued', 'active', 'succeeded', 'failed', 'parked');

create table agents (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  name text not null,
  kind agent_kind not null,
  status agent_status not null default 'active',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, name)
);
comment on table agents is 'The agents that an organization has used or paused; their code and policy stand in agents/.';
call protect_tenant_table('agents', 'select, insert, update');

create table agent_runs (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  agent_id uuid not null,
  agent text not null,
  intent text not null,
  brand_id uuid,
  parent_run_id uuid,
  root_run_id uuid not null,
  parent_step_key text,
  status run_status not null,
  waiting_for run_waiting_reason,
  input jsonb not null,
  input_hash text not null,
  output jsonb,
  error jsonb,
  requested_by text not null,
  approve_all boolean not null default false,
  tainted boolean not null default false,
  attempt integer not null default 0,
  fence bigint not null default 0,
  lease_holder uuid,
  lease_expires_at timestamptz,
  sequence bigint not null default 0,
  cost_micros bigint not null default 0,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  cancel_requested_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, agent_id) references agents (organization_id, id),
  foreign key (organization_id, brand_id) references brands (organization_id, id),
  foreign key (organization_id, parent_run_id) references agent_runs (organization_id, id) on delete cascade
) partition by range (id);
comment on table agent_runs is 'One execution of an intent.';
comment on column agent_runs.root_run_id is 'The run at the top of the tree: the one that is queued, leased and resumed.';
comment on column agent_runs.requested_by is 'user:ID, api_key:ID, cli or run:ID.';
comment on column agent_runs.approve_all is 'The requester said yes beforehand to what would wait for an approval.';
comment on column agent_runs.tainted is 'Text from outside has reached this run.';
comment on column agent_runs.fence is 'Grows with every lease. A journal write names it, and is refused where it is not the newest.';
comment on column agent_runs.sequence is 'The number of the newest journal entry. Taken with the row''s lock, so that entries become visible in order.';
create index agent_runs_agent_id_idx on agent_runs (organization_id, agent_id);
create index agent_runs_brand_id_idx on agent_runs (organization_id, brand_id) where brand_id is not null;
create index agent_runs_parent_run_id_idx on agent_runs (organization_id, parent_run_id) where parent_run_id is not null;
create index agent_runs_root_run_id_idx on agent_runs (organization_id, root_run_id);
create index agent_runs_unfinished_idx on agent_runs (id) where status in ('queued', 'running') and parent_run_id is null;
call protect_tenant_table('agent_runs', 'select, insert, update');
call open_to_system('agent_runs', 'select (organization_id, id, root_run_id, parent_run_id, status, fence, lease_expires_at), update (lease_expires_at)');

create table run_idempotency_keys (
  organization_id uuid not null references organizations on delete cascade,
  key text not null,
  request_hash text not null,
  run_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, key),
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete cascade
);
comment on table run_idempotency_keys is 'The run that a request started, so that the same request sent again gets the same run.';
comment on column run_idempotency_keys.request_hash is 'Hash of agent, intent and input: the same key with another request is refused.';
create index run_idempotency_keys_run_id_idx on run_idempotency_keys (organization_id, run_id);
call protect_tenant_table('run_idempotency_keys', 'select, insert');

create table run_payloads (
  organization_id uuid not null,
  run_id uuid not null,
  hash text not null,
  body jsonb not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, run_id, hash),
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete cascade
) partition by range (run_id);
comment on table run_payloads is 'Step results above 32 KiB, by their hash, so that the journal''s rows stay small.';
call protect_tenant_table('run_payloads', 'select, insert');

create table run_steps (
  organization_id uuid not null,
  run_id uuid not null,
  key text not null,
  sequence bigint not null,
  kind step_kind not null,
  status step_status not null,
  attempt integer not null default 1,
  fence bigint not null,
  input_hash text,
  output jsonb,
  payload_hash text,
  child_run_id uuid,
  error jsonb,
  started_at timestamptz not null,
  finished_at timestamptz not null default clock_timestamp(),
  primary key (organization_id, run_id, key),
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete cascade
) partition by range (run_id);
comment on table run_steps is 'The journal: finished pieces of a run, each memoized by its key. A step is written once, when it is over.';
comment on column run_steps.input_hash is 'What the step was asked; a stored result for another input stops the run.';
comment on column run_steps.payload_hash is 'Where the result was too large for the row.';
create index run_steps_sequence_idx on run_steps (organization_id, run_id, sequence);
call protect_tenant_table('run_steps', 'select, insert, update');

create table run_events (
  organization_id uuid not null,
  run_id uuid not null,
  sequence bigint not null,
  type text not null,
  data jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (organization_id, run_id, sequence),
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete cascade
) partition by range (run_id);
comment on table run_events is 'What happened to a run besides its steps, numbered together with them.';
call protect_tenant_table('run_events', 'select, insert');

create table llm_calls (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  run_id uuid,
  step_key text,
  operation text not null,
  provider text not null,
  requested_model text not null,
  answered_model text,
  status llm_call_status not null default 'running',
  prompt_hash text not null,
  request jsonb not null,
  response jsonb,
  input_tokens bigint not null default 0,
  cache_read_tokens bigint not null default 0,
  cache_write_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  reasoning_tokens bigint not null default 0,
  cost_micros bigint not null default 0,
  currency text,
  cost_source text,
  time_to_first_token_ms integer,
  duration_ms integer,
  finish_reason text,
  error jsonb,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete cascade
) partition by range (id);
comment on table llm_calls is 'Every generation and embedding, written before it leaves. Token classes are disjoint.';
comment on column llm_calls.run_id is 'Null for work outside of runs, such as embedding an import.';
comment on column llm_calls.cost_micros is 'Millionths of currency.';
create index llm_calls_run_id_idx on llm_calls (organization_id, run_id) where run_id is not null;
call protect_tenant_table('llm_calls', 'select, insert, update');

create table tool_executions (
  organization_id uuid not null,
  run_id uuid not null,
  id uuid not null,
  step_key text not null,
  tool text not null,
  effect effect_class not null,
  connection_id uuid,
  mode connection_mode,
  status tool_execution_status not null,
  arguments jsonb not null,
  arguments_hash text not null,
  preview jsonb not null,
  attempt integer not null default 0,
  fence bigint not null,
  result jsonb,
  error jsonb,
  deadline_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  primary key (organization_id, run_id, id),
  unique (organization_id, run_id, step_key),
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete cascade,
  foreign key (organization_id, connection_id) references connector_auths (organization_id, id)
) partition by range (run_id);
comment on table tool_executions is 'The effect ledger: one call of a tool, durable before the call leaves.';
comment on column tool_executions.id is 'Also the idempotency key that the provider is given.';
comment on column tool_executions.preview is 'Title, recipients and body as a person sees them before approving.';
comment on column tool_executions.deadline_at is 'Until when the holder of this attempt may still be sending, by the database''s clock.';
create index tool_executions_id_idx on tool_executions (organization_id, id);
create index tool_executions_connection_id_idx on tool_executions (organization_id, connection_id) where connection_id is not null;
call protect_tenant_table('tool_executions', 'select, insert, update');

create table approvals (
  organization_id uuid not null,
  id uuid not null,
  run_id uuid not null,
  tool_execution_id uuid not null,
  arguments_hash text not null,
  status approval_status not null default 'pending',
  requested_by text not null,
  decided_by text,
  decided_at timestamptz,
  note text,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, tool_execution_id),
  foreign key (organization_id, run_id, tool_execution_id) references tool_executions (organization_id, run_id, id) on delete cascade
);
comment on table approvals is 'A person''s yes or no to exact bytes, with an expiry, used once.';
comment on column approvals.arguments_hash is 'SHA-256 of the canonical arguments that were shown.';
create index approvals_pending_idx on approvals (organization_id, id) where status = 'pending';
create index approvals_run_id_idx on approvals (organization_id, run_id, tool_execution_id);
create index approvals_expires_at_idx on approvals (expires_at) where status = 'pending';
call protect_tenant_table('approvals', 'select, insert, update');
call open_to_system('approvals', 'select (organization_id, run_id, status, expires_at)');

create table agent_jobs (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  queue text not null,
  run_id uuid,
  payload jsonb not null default '{}',
  status job_status not null default 'queued',
  attempts integer not null default 0,
  run_at timestamptz not null default now(),
  check_at timestamptz not null default now(),
  error jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete cascade
);
comment on table agent_jobs is 'The row behind every queue job: the queue carries its id, this row says what to do.';
comment on column agent_jobs.attempts is
  'How often the job was started. Also its fence: only the newest start may write the outcome.';
comment on column agent_jobs.check_at is
  'When the reconciler asks after the job: a queued one that nobody has started, or an active one whose worker stopped renewing it.';
create index agent_jobs_check_at_idx on agent_jobs (check_at) where status in ('queued', 'active');
create index agent_jobs_run_id_idx on agent_jobs (organization_id, run_id) where run_id is not null;
call protect_tenant_table('agent_jobs', 'select, insert, update');
call open_to_system('agent_jobs', 'select (organization_id, id, run_id, queue, status, attempts, check_at), update (status, error, check_at, updated_at)');

do $$
declare
  parent text;
begin
  foreach parent in array array[
    'agent_runs', 'run_payloads', 'run_steps', 'run_events', 'llm_calls', 'tool_executions'
  ] loop
    -- A clock that is far off must not lose a row; ensure_partitions keeps this one empty.
    execute format('create table %I partition of %I default', parent || '_default', parent);
    execute format('alter table %I enable row level security', parent || '_default');
    execute format('alter table %I force row level security', parent || '_default');
    insert into partitioned_tables (name) values (parent);
  end loop;
end $$;

create function record_step(
  p_organization_id uuid, p_run_id uuid, p_fence bigint, p_lease_ms integer, p_key text, p_kind step_kind,
  p_status step_status, p_input_hash text, p_output jsonb, p_payload_hash text, p_child_run_id uuid, p_error jsonb,
  p_started_at timestamptz
) returns bigint
  language plpgsql
  as $$
declare
  v_sequence bigint;
begin
  perform enter_organization(p_organization_id);
  update agent_runs
    set sequence = sequence + 1, lease_expires_at = clock_timestamp() + make_interval(secs => p_lease_ms / 1000.0)
    where organization_id = p_organization_id and id = p_run_id and fence = p_fence and status = 'running'
    returning sequence into v_sequence;
  if v_sequence is null then
    return null;
  end if;
  insert into run_steps (
    organization_id, run_id, key, sequence, kind, status, fence, input_hash, output, payload_hash, child_run_id, error,
    started_at
  ) values (
    p_organization_id, p_run_id, p_key, v_sequence, p_kind, p_status, p_fence, p_input_hash, p_output, p_payload_hash,
    p_child_run_id, p_error, p_started_at
  )
  on conflict (organization_id, run_id, key) do update set
    sequence = excluded.sequence, status = excluded.status, attempt = run_steps.attempt + 1, fence = excluded.fence,
    input_hash = excluded.input_hash, output = excluded.output, payload_hash = excluded.payload_hash,
    child_run_id = excluded.child_run_id, error = excluded.error, started_at = excluded.started_at,
    finished_at = clock_timestamp()
    where run_steps.status = 'failed';
  if not found then
    raise exception 'step % of run % is finished already', p_key, p_run_id using errcode = 'unique_violation';
  end if;
  return v_sequence;
end $$;
comment on function record_step is
  'Writes a finished step under the lease''s fence and renews the lease: one round trip and one commit a step. Null where the lease is lost.';

create function claim_job(
  p_organization_id uuid, p_id uuid, p_queue text, p_abandoned_ms integer, p_max_attempts integer
) returns jsonb
  language plpgsql
  as $$
declare
  v_job jsonb;
begin
  perform enter_organization(p_organization_id);
  -- A second more is allowed for, by which the clocks of a queue and a database may differ.
  update agent_jobs
    set status = 'active', attempts = attempts + 1, updated_at = clock_timestamp(),
      check_at = clock_timestamp() + make_interval(secs => p_abandoned_ms / 1000.0)
    where organization_id = p_organization_id and id = p_id and queue = p_queue
      and (
        status = 'queued' and run_at <= clock_timestamp() + interval '1 second'
        or status = 'active' and check_at < clock_timestamp() and attempts < p_max_attempts
      )
    returning jsonb_build_object('runId', run_id, 'payload', payload, 'attempts', attempts) into v_job;
  return v_job;
end $$;
comment on function claim_job is
  'Starts a job that is queued and due, or whose worker fell silent. Null where it is neither.';

create function finish_job(
  p_organization_id uuid, p_id uuid, p_attempts integer, p_status job_status, p_error jsonb
) returns boolean
  language plpgsql
  as $$
begin
  perform enter_organization(p_organization_id);
  update agent_jobs
    set status = p_status, error = p_error, check_at = clock_timestamp(), updated_at = clock_timestamp(),
      attempts = case when p_status = 'queued' then attempts - 1 else attempts end
    where organization_id = p_organization_id and id = p_id and status = 'active' and attempts = p_attempts;
  return found;
end $$;
comment on function finish_job is
  'Ends a start of a job, or gives it back as queued as if it had not been started. False where another worker has started it since.';
