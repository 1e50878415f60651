-- Work for people: what agents leave to them, and what they give each other.
set local role neonhub_migrate;

create type task_status as enum ('open', 'in_progress', 'done', 'cancelled');
create type task_priority as enum ('low', 'normal', 'high');

create table tasks (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  title text not null check (title <> ''),
  description text not null default '',
  status task_status not null default 'open',
  priority task_priority not null default 'normal',
  brand_id uuid,
  assignee_id uuid,
  due_at timestamptz,
  run_id uuid,
  step_key text,
  conversation_id uuid,
  created_by text not null,
  completed_by text,
  completed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  -- A run that is resumed hands the same thing over once.
  unique (organization_id, run_id, step_key),
  check ((status in ('done', 'cancelled')) = (completed_at is not null)),
  check ((completed_at is null) = (completed_by is null)),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete set null (brand_id),
  -- Whoever leaves the organization, or is deleted altogether, leaves their tasks to the others.
  foreign key (organization_id, assignee_id) references organization_members (organization_id, user_id)
    on delete set null (assignee_id),
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete set null (run_id),
  foreign key (organization_id, conversation_id) references conversations (organization_id, id)
    on delete set null (conversation_id)
);
comment on table tasks is 'A piece of work for a person of the organization: an agent left it to them, or somebody wrote it down.';
comment on column tasks.title is 'Of any length here, as description is: erasing a person may put a longer marker in the place of an address.';
comment on column tasks.status is 'A finished task may be opened again.';
comment on column tasks.brand_id is 'Which brand it is about, where it is about one.';
comment on column tasks.assignee_id is 'The user, a member, who is to do it; null while it is anybody''s.';
comment on column tasks.run_id is 'The run that left it to people; null for people''s, and once retention has removed the run.';
comment on column tasks.step_key is 'The step of the run that wrote it.';
comment on column tasks.conversation_id is 'The conversation in which somebody waits.';
comment on column tasks.created_by is 'user:ID, api_key:ID, cli or run:ID.';
comment on column tasks.completed_by is 'Who said that it is done, or called it off.';
create index tasks_status_idx on tasks (organization_id, status, id);
create index tasks_brand_id_idx on tasks (organization_id, brand_id) where brand_id is not null;
create index tasks_assignee_id_idx on tasks (organization_id, assignee_id, id) where assignee_id is not null;
create index tasks_conversation_id_idx on tasks (organization_id, conversation_id) where conversation_id is not null;
call protect_tenant_table(
  'tasks',
  'select, insert, update (title, description, status, priority, assignee_id, due_at, completed_by, completed_at, updated_at)'
);

alter type notification_kind add value 'task_handed_over';
