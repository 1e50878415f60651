-- What was measured outside.
set local role neonhub_migrate;

create table metric_events (
  organization_id uuid not null,
  id uuid not null,
  key_hash text not null,
  brand_id uuid not null,
  campaign_id uuid,
  content_id uuid,
  metric text not null check (metric ~ '^[a-z0-9][a-z0-9_.-]{0,63}$'),
  value numeric not null check (value between -1e15 and 1e15),
  unit text check (unit ~ '^[a-z0-9][a-z0-9_.-]{0,63}$'),
  currency text check (currency ~ '^[A-Z]{3}$'),
  occurred_at timestamptz not null,
  source text not null check (source ~ '^[a-z0-9][a-z0-9_.-]{0,63}$'),
  recorded_by text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  -- What keeps a batch that is sent twice from counting twice, over all time: so the table is not cut by months.
  unique (organization_id, key_hash),
  check (unit is null or currency is null),
  check (currency is null or value = trunc(value)),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade,
  foreign key (organization_id, campaign_id) references campaigns (organization_id, id) on delete set null (campaign_id),
  foreign key (organization_id, content_id) references content (organization_id, id) on delete set null (content_id)
);
comment on table metric_events is
  'Facts that were measured outside, as services or people told them: so many clicks, so much revenue. Append-only; a correction is another entry, negative where too much was told.';
comment on column metric_events.key_hash is 'SHA-256 of the key by which the sender knows the fact. A hash, since such keys hold addresses, and two of one person must not become one when they are erased.';
comment on column metric_events.metric is 'impressions, clicks, opens, conversions, revenue: any name by the rule. What may be summed has one name.';
comment on column metric_events.value is 'In micros where there is a currency, else in the unit, else a count.';
comment on column metric_events.currency is 'ISO 4217 where the value is money.';
comment on column metric_events.occurred_at is 'When it was measured, not when it was told.';
comment on column metric_events.source is 'Who measured: google_analytics, a file''s name, by_hand. By the same rule as metric.';
comment on column metric_events.recorded_by is 'user:ID, api_key:ID or cli.';
create index metric_events_occurred_at_idx on metric_events (organization_id, occurred_at, metric);
create index metric_events_brand_id_idx on metric_events (organization_id, brand_id, occurred_at);
create index metric_events_campaign_id_idx on metric_events (organization_id, campaign_id) where campaign_id is not null;
create index metric_events_content_id_idx on metric_events (organization_id, content_id) where content_id is not null;
call protect_tenant_table('metric_events', 'select, insert');
call open_to_system('metric_events', 'select (organization_id, id, occurred_at), delete');

alter table retention_policies add column metric_days integer check (metric_days between 1 and 36500);
comment on column retention_policies.metric_days is 'Facts that were measured outside, counted from when they were measured.';
grant select (metric_days) on retention_policies to neonhub_system;
