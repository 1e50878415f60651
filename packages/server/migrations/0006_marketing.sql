set local role neonhub_migrate;

create type campaign_type as enum (
  'email', 'social', 'ppc', 'content', 'seo', 'display', 'video', 'influencer', 'event', 'other'
);
create type campaign_status as enum ('draft', 'scheduled', 'active', 'paused', 'completed', 'archived');
create type content_kind as enum ('article', 'email', 'social_script', 'ad_copy');
create type content_status as enum ('draft', 'scheduled', 'published');

create table campaigns (
  organization_id uuid not null,
  id uuid not null,
  brand_id uuid not null,
  run_id uuid not null,
  name text not null,
  type campaign_type not null,
  status campaign_status not null,
  brief jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, run_id),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade,
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete cascade
);
comment on table campaigns is 'A campaign of a brand and the run that made it.';
create index campaigns_brand_id_idx on campaigns (organization_id, brand_id);
call protect_tenant_table('campaigns', 'select, insert, update');

create table content (
  organization_id uuid not null,
  id uuid not null,
  brand_id uuid not null,
  campaign_id uuid,
  run_id uuid not null,
  key text not null,
  kind content_kind not null,
  status content_status not null,
  title text not null,
  body text not null,
  metadata jsonb not null default '{}',
  citations jsonb not null,
  model text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, run_id, key),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade,
  foreign key (organization_id, campaign_id) references campaigns (organization_id, id) on delete cascade,
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete cascade
);
comment on table content is 'What agents wrote: one piece, its text and the chunks that it rests on.';
comment on column content.key is 'Names the piece within its run, so that a resumed run finds it again.';
comment on column content.citations is 'JSON array of {source, chunkId, documentId, path, title, heading, startLine, endLine}.';
comment on column content.model is 'provider:model that wrote it; sandbox:… where no model was asked.';
create index content_brand_id_idx on content (organization_id, brand_id);
create index content_campaign_id_idx on content (organization_id, campaign_id) where campaign_id is not null;
call protect_tenant_table('content', 'select, insert, update');
