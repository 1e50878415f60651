-- What a brand's people and agents want remembered, so that what was learned once is known to the next run.
set local role neonhub_migrate;

create type memory_kind as enum ('fact', 'preference', 'lesson');
create type memory_status as enum ('proposed', 'active');

create table agent_memories (
  organization_id uuid not null,
  id uuid not null,
  brand_id uuid not null,
  person_id uuid,
  kind memory_kind not null,
  status memory_status not null,
  text text not null check (length(text) between 1 and 2000),
  agent text check (agent <> ''),
  pinned boolean not null default false,
  expires_at timestamptz,
  replaced_by uuid,
  created_by text not null,
  run_id uuid,
  step_key text,
  message_id uuid,
  accepted_by text,
  accepted_at timestamptz,
  embedding_space_id uuid,
  embedding vector,
  embedded_hash text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, message_id),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade,
  -- Erasing a person takes with it what is remembered about them.
  foreign key (organization_id, person_id) references people (organization_id, id) on delete cascade,
  -- Forgetting a wording forgets the earlier ones: none of them may come back by it. Deferrable, since a restore may
  -- bring an earlier wording in before the one that replaced it.
  foreign key (organization_id, replaced_by) references agent_memories (organization_id, id) on delete cascade deferrable,
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete set null (run_id),
  foreign key (organization_id, message_id) references messages (organization_id, id) on delete set null (message_id),
  foreign key (organization_id, embedding_space_id) references embedding_spaces (organization_id, id)
);
comment on table agent_memories is 'What agents are told of a brand beside its documents: short texts that people or runs wrote down.';
comment on column agent_memories.person_id is 'Whom it is about, where that is one person.';
comment on column agent_memories.kind is 'fact: how things are. preference: how the brand wants them. lesson: what came of an earlier case.';
comment on column agent_memories.status is 'proposed: a tainted run wrote it, and no agent is told before a person accepts it.';
comment on column agent_memories.agent is 'The one agent that is told; null for all.';
comment on column agent_memories.pinned is 'It is recalled before all others, whatever is asked.';
comment on column agent_memories.expires_at is 'From then on no agent is told.';
comment on column agent_memories.replaced_by is 'The newer wording, which is told instead.';
comment on column agent_memories.created_by is 'user:ID, api_key:ID, cli or run:ID.';
comment on column agent_memories.run_id is 'The run that wrote it; null for people''s, and once retention has removed the run.';
comment on column agent_memories.step_key is 'The step of the run that wrote it.';
comment on column agent_memories.message_id is 'The message of a conversation that it was learned from: from each at most one.';
comment on column agent_memories.accepted_by is 'Who said yes to a proposed one.';
comment on column agent_memories.embedding is 'Unit vector of the text in `embedding_space_id`; null until it is first recalled, which makes what is missing.';
comment on column agent_memories.embedded_hash is 'MD5 of the text that the vector was made of: a text that was redacted since is embedded anew.';
create index agent_memories_brand_id_idx on agent_memories (organization_id, brand_id, id);
create index agent_memories_person_id_idx on agent_memories (organization_id, person_id) where person_id is not null;
create index agent_memories_replaced_by_idx on agent_memories (organization_id, replaced_by) where replaced_by is not null;
create index agent_memories_run_id_idx on agent_memories (organization_id, run_id) where run_id is not null;
create index agent_memories_embedding_space_id_idx on agent_memories (organization_id, embedding_space_id);
call protect_tenant_table('agent_memories', 'select, insert, update, delete');
