-- What the organization wants to come to with a person.
set local role neonhub_migrate;

create type objective_state as enum ('open', 'reached', 'dropped');
alter type person_event_type add value 'objective_set';
alter type person_event_type add value 'objective_changed';

create table objectives (
  organization_id uuid not null,
  id uuid not null,
  person_id uuid not null,
  text text not null check (length(text) between 1 and 16000),
  state objective_state not null default 'open',
  due_on date,
  created_by text not null,
  closed_by text,
  closed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  check ((state = 'open') = (closed_at is null)),
  check ((closed_at is null) = (closed_by is null)),
  foreign key (organization_id, person_id) references people (organization_id, id) on delete cascade
);
comment on table objectives is 'What the organization wants to come to with a person: win them back, a demo by March.';
comment on column objectives.text is 'With room for what erasing another person puts in the place of an address; whoever writes it has 500 characters.';
comment on column objectives.state is 'One that was reached or dropped may be opened again.';
comment on column objectives.due_on is 'The day, in whatever time zone people mean, by which it should be reached; null where there is none.';
comment on column objectives.created_by is 'user:ID, api_key:ID or cli. Likewise closed_by.';
comment on column objectives.closed_by is 'Who said that it is reached or dropped; null while it is open.';
create index objectives_person_id_idx on objectives (organization_id, person_id, state, id desc);
call protect_tenant_table('objectives', 'select, insert, update (state, closed_by, closed_at, updated_at)');
