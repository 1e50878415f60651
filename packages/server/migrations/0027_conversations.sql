-- What people and agents say to each other, kept whole, so that an answer can be read beside what it answers.
set local role neonhub_migrate;

create type conversation_kind as enum ('support', 'chat');
create type conversation_status as enum ('open', 'closed');
create type message_role as enum ('system', 'user', 'assistant', 'tool');

create table conversations (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  brand_id uuid not null,
  kind conversation_kind not null default 'support',
  status conversation_status not null default 'open',
  subject text not null default '',
  person_id uuid,
  created_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade,
  foreign key (organization_id, person_id) references people (organization_id, id) on delete set null (person_id)
);
comment on table conversations is 'A thread of messages with a brand.';
comment on column conversations.kind is 'support: somebody from outside asks. chat: somebody of the organization does.';
comment on column conversations.person_id is 'Who asks, where they are known; null once they were erased.';
comment on column conversations.created_by is 'user:ID, api_key:ID or cli.';
create index conversations_brand_id_idx on conversations (organization_id, brand_id);
create index conversations_person_id_idx on conversations (organization_id, person_id) where person_id is not null;
call protect_tenant_table('conversations', 'select, insert, update');

create table messages (
  organization_id uuid not null,
  id uuid not null,
  conversation_id uuid not null,
  role message_role not null,
  author text not null,
  body text not null,
  citations jsonb not null default '[]',
  run_id uuid,
  created_at timestamptz not null default clock_timestamp(),
  primary key (organization_id, id),
  foreign key (organization_id, conversation_id) references conversations (organization_id, id) on delete cascade,
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete set null (run_id)
);
comment on table messages is 'A message of a conversation, never changed: a correction is another one.';
comment on column messages.role is 'user: who asks. assistant: the brand, by an agent or by a person of the organization.';
comment on column messages.author is 'person:ID, user:ID, api_key:ID, cli or run:ID.';
comment on column messages.citations is 'The passages that an agent''s answer rests on.';
comment on column messages.run_id is 'The run that wrote it; null for people''s, and once retention has removed the run.';
create index messages_conversation_id_idx on messages (organization_id, conversation_id, id);
create index messages_run_id_idx on messages (organization_id, run_id) where run_id is not null;
call protect_tenant_table('messages', 'select, insert');
