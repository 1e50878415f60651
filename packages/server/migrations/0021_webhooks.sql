set local role neonhub_migrate;

-- What waits for its delivery, what is on its way, and the two ways in which that ends.
create type webhook_status as enum ('pending', 'sending', 'delivered', 'failed');

create table webhook_endpoints (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  url text not null check (length(url) between 1 and 2048),
  event_types text[] not null check (cardinality(event_types) <= 100),
  description text not null default '',
  disabled_at timestamptz,
  disabled_reason text,
  failing_since timestamptz,
  woken_at timestamptz,
  created_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  check ((disabled_at is null) = (disabled_reason is null))
);
comment on table webhook_endpoints is 'Where an organization wants to be told of what happens: addresses that take signed events (Standard Webhooks).';
comment on column webhook_endpoints.event_types is 'Names such as run.failed, whole groups such as run.*, or * for all.';
comment on column webhook_endpoints.disabled_reason is 'Why nothing is sent there: a person''s word, 410 Gone, or failure for days. Null where it is sent to.';
comment on column webhook_endpoints.failing_since is 'When the first of the attempts failed that have failed since the last success; null after a success.';
comment on column webhook_endpoints.woken_at is 'When a job was last given the endpoint''s messages; null once that has ended. Keeps workers from all waking it.';
comment on column webhook_endpoints.created_by is 'user:ID, api_key:ID or cli.';
call protect_tenant_table('webhook_endpoints', 'select, insert, update, delete');
call open_to_system('webhook_endpoints', 'select (organization_id, id, disabled_at, woken_at)');

create table webhook_secrets (
  organization_id uuid not null,
  id uuid not null,
  endpoint_id uuid not null,
  sealed bytea not null,
  key_version integer not null,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, endpoint_id) references webhook_endpoints (organization_id, id) on delete cascade
);
comment on table webhook_secrets is
  'What signs the events of an endpoint, sealed with AES-256-GCM; the organization and the id are authenticated with it.';
comment on column webhook_secrets.sealed is 'Nonce (12 bytes), tag (16 bytes), ciphertext of a JSON object with the secret.';
comment on column webhook_secrets.expires_at is 'Until when an earlier secret signs beside the newest one; null for the newest.';
create index webhook_secrets_endpoint_id_idx on webhook_secrets (organization_id, endpoint_id);
-- An endpoint has one secret without an end.
create unique index webhook_secrets_newest_key on webhook_secrets (organization_id, endpoint_id) where expires_at is null;
call protect_tenant_table('webhook_secrets', 'select, insert, update (expires_at), delete');
revoke select on webhook_secrets from neonhub_readonly;

create table webhook_messages (
  organization_id uuid not null,
  id uuid not null,
  endpoint_id uuid not null,
  event_type text not null,
  body text not null,
  status webhook_status not null default 'pending',
  attempts integer not null default 0 check (attempts >= 0),
  earlier_attempts integer not null default 0 check (earlier_attempts between 0 and attempts),
  next_at timestamptz not null default now(),
  lease_until timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, endpoint_id) references webhook_endpoints (organization_id, id) on delete cascade,
  check ((status = 'sending') = (lease_until is not null)),
  check ((status in ('delivered', 'failed')) = (finished_at is not null))
);
comment on table webhook_messages is
  'What is to be told to an endpoint, written in the transaction of what happened. The id is the webhook-id of each attempt.';
comment on column webhook_messages.body is 'The bytes that are signed and sent, the same in each attempt: type, timestamp, data.';
comment on column webhook_messages.attempts is 'How often it was sent. Also its fence: only the newest attempt may write the outcome.';
comment on column webhook_messages.earlier_attempts is 'Those before a person asked for it anew: how long to wait is counted from there.';
comment on column webhook_messages.next_at is 'Before when nothing is tried.';
comment on column webhook_messages.lease_until is 'Until when the attempt under way may still be sending; after that its process is gone.';
create index webhook_messages_next_at_idx on webhook_messages (next_at) where status in ('pending', 'sending');
create index webhook_messages_due_idx on webhook_messages (organization_id, endpoint_id, next_at)
  where status in ('pending', 'sending');
create index webhook_messages_endpoint_id_idx on webhook_messages (organization_id, endpoint_id, id);
create index webhook_messages_finished_at_idx on webhook_messages (organization_id, finished_at)
  where finished_at is not null;
call protect_tenant_table('webhook_messages', 'select, insert, update (status, attempts, earlier_attempts, next_at, lease_until, finished_at, updated_at)');
call open_to_system('webhook_messages', 'select (organization_id, id, endpoint_id, status, next_at, lease_until, finished_at), delete');

create table webhook_attempts (
  organization_id uuid not null,
  id uuid not null,
  message_id uuid not null,
  number integer not null check (number > 0),
  url text not null,
  started_at timestamptz not null default clock_timestamp(),
  duration_ms integer check (duration_ms >= 0),
  status_code integer check (status_code between 100 and 999),
  answer text,
  error text,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, message_id, number),
  foreign key (organization_id, message_id) references webhook_messages (organization_id, id) on delete cascade
);
comment on table webhook_attempts is
  'Each time that a message was sent, written before it leaves. One without a duration is under way, or its process died.';
comment on column webhook_attempts.number is 'Counts from 1.';
comment on column webhook_attempts.url is 'Where it went: the endpoint''s may have been changed since.';
comment on column webhook_attempts.answer is 'The first 1,024 bytes of the answer as text. It comes from outside.';
comment on column webhook_attempts.error is 'Why there is no answer, or why the answer is no success.';
call protect_tenant_table('webhook_attempts', 'select, insert, update (duration_ms, status_code, answer, error)');

alter table retention_policies add column webhook_days integer check (webhook_days between 7 and 36500);
comment on column retention_policies.webhook_days is
  'Messages to endpoints with their attempts, from their end. At least a week: providers repeat what they sent for days.';
grant select (webhook_days) on retention_policies to neonhub_system;
