set local role neonhub_migrate;

create type contact_channel as enum ('email', 'sms', 'whatsapp');
create type consent_purpose as enum ('marketing', 'transactional');
create type consent_status as enum ('pending', 'granted', 'denied', 'revoked');
create type consent_source as enum ('import', 'api', 'cli', 'form', 'unsubscribe');
create type unknown_recipients as enum ('refuse', 'allow');
create type person_event_type as enum (
  'created', 'imported', 'consent_changed', 'mailed', 'unsubscribed', 'suppressed', 'suppression_lifted', 'noted',
  'topics_changed'
);

create function mailbox_of(address citext) returns text
  language sql immutable parallel safe
  return case
    when lower(address::text) ~ '@(gmail|googlemail)\.com$'
      then replace(split_part(split_part(lower(address::text), '@', 1), '+', 1), '.', '') || '@gmail.com'
    when address::text like '%@%' then regexp_replace(lower(address::text), '^([^@+]+)\+[^@]*@', '\1@')
    else lower(address::text)
  end;
comment on function mailbox_of is
  'The mailbox that an address most likely reaches: lower case, without a "+tag" (RFC 5233), at Gmail also without dots. A no is compared by it, a yes never.';

create table people (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  name text not null default '',
  language text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id)
);
comment on table people is 'Whom the organization writes to. What they agreed to stands in person_consents.';
comment on column people.language is 'BCP 47; null where it is not known.';
call protect_tenant_table('people', 'select, insert, update');

create table person_identities (
  organization_id uuid not null,
  id uuid not null,
  person_id uuid not null,
  channel contact_channel not null,
  address citext not null,
  mailbox text not null generated always as (mailbox_of(address)) stored,
  verified_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, channel, address),
  unique (organization_id, person_id, id),
  foreign key (organization_id, person_id) references people (organization_id, id) on delete cascade
);
comment on table person_identities is 'The addresses of a person; an address is one person''s.';
comment on column person_identities.mailbox is 'What it and its unsubscription are found by; see mailbox_of.';
comment on column person_identities.verified_at is 'When the person was seen to read what is sent there; null where nobody knows.';
-- Addresses are looked up by it, too: under row-level security an index serves for leakproof operators alone, which those
-- of citext and of enums are not.
create index person_identities_mailbox_idx on person_identities (organization_id, mailbox);
create index person_identities_person_id_idx on person_identities (organization_id, person_id);
call protect_tenant_table('person_identities', 'select, insert, update');

create table person_consents (
  organization_id uuid not null,
  id uuid not null,
  person_id uuid not null,
  identity_id uuid not null,
  channel contact_channel not null,
  purpose consent_purpose not null,
  status consent_status not null,
  source consent_source not null,
  evidence jsonb not null,
  actor text not null,
  sequence bigint not null generated always as identity,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (organization_id, id),
  foreign key (organization_id, person_id) references people (organization_id, id) on delete cascade,
  foreign key (organization_id, person_id, identity_id) references person_identities (organization_id, person_id, id)
    on delete cascade
);
comment on table person_consents is
  'The ledger of consents, append-only. The newest entry counts: a yes for its address, a no for all of the person''s on the channel.';
comment on column person_consents.evidence is 'What proves it: text (what was agreed to), document, form, ip, givenAt.';
comment on column person_consents.actor is 'user:ID, api_key:ID, cli, system, or person where they did it themselves.';
comment on column person_consents.sequence is 'The order of the ledger; entries of an organization are written under one lock, so that no clock decides.';
create index person_consents_person_idx on person_consents (organization_id, person_id, channel, purpose, sequence desc);
create index person_consents_identity_id_idx on person_consents (organization_id, person_id, identity_id);
call protect_tenant_table('person_consents', 'select, insert');

create table person_notes (
  organization_id uuid not null,
  id uuid not null,
  person_id uuid not null,
  body text not null,
  author text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, person_id) references people (organization_id, id) on delete cascade
);
comment on table person_notes is 'What colleagues should know of a person, append-only.';
comment on column person_notes.author is 'user:ID, api_key:ID or cli.';
create index person_notes_person_id_idx on person_notes (organization_id, person_id, id);
call protect_tenant_table('person_notes', 'select, insert');

create table topics (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  slug citext not null,
  name text not null,
  description text not null default '',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, slug)
);
comment on table topics is 'What people of the organization are interested in.';
call protect_tenant_table('topics', 'select, insert');

create table person_topics (
  organization_id uuid not null,
  person_id uuid not null,
  topic_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, person_id, topic_id),
  foreign key (organization_id, person_id) references people (organization_id, id) on delete cascade,
  foreign key (organization_id, topic_id) references topics (organization_id, id) on delete cascade
);
comment on table person_topics is 'Which topics a person is interested in. An interest is no consent.';
create index person_topics_topic_id_idx on person_topics (organization_id, topic_id, person_id);
call protect_tenant_table('person_topics', 'select, insert, delete');

create table events (
  organization_id uuid not null,
  id uuid not null,
  person_id uuid not null,
  type person_event_type not null,
  data jsonb not null default '{}',
  actor text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (organization_id, id),
  foreign key (organization_id, person_id) references people (organization_id, id) on delete cascade
) partition by range (id);
comment on table events is 'The timeline of people: what happened to each, append-only.';
comment on column events.data is 'What the type tells of: source and line, channel and status, run and tool execution.';
comment on column events.actor is 'user:ID, api_key:ID, cli, run:ID, system, or person where they did it themselves.';
create index events_person_id_idx on events (organization_id, person_id, id);
call protect_tenant_table('events', 'select, insert');
create table events_default partition of events default;
alter table events_default enable row level security;
alter table events_default force row level security;
insert into partitioned_tables (name) values ('events');

alter table organizations add column unknown_recipients unknown_recipients not null default 'refuse';
comment on column organizations.unknown_recipients is
  'Whether marketing may go to an address that is nobody''s in people: refuse, or allow (the approval alone decides).';
grant update (unknown_recipients) on organizations to neonhub_app;

-- A suppression outlives its address: once a person was erased, a keyed hash stands in its place. So it needs an id.
-- FORCE binds the owner too, who has to see the rows for once.
alter table suppressions no force row level security;
alter table suppressions add column id uuid, add column address_hmac text, add column actor text not null default 'system';
update suppressions set id = (
  lpad(to_hex((extract(epoch from created_at) * 1000)::bigint), 12, '0')
  || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14)
)::uuid;
alter table suppressions drop constraint suppressions_pkey;
alter table suppressions alter column id set not null, alter column address drop not null;
alter table suppressions add primary key (organization_id, id);
alter table suppressions add column mailbox text generated always as (mailbox_of(address)) stored;
alter table suppressions add constraint suppressions_address_check check (num_nonnulls(address, address_hmac) <= 1);
create unique index suppressions_address_key on suppressions (organization_id, channel, address) where address is not null;
create unique index suppressions_hmac_key on suppressions (organization_id, channel, address_hmac)
  where address_hmac is not null;
create index suppressions_mailbox_idx on suppressions (organization_id, channel, mailbox) where mailbox is not null;
alter table suppressions force row level security;
comment on column suppressions.mailbox is 'What a recipient is compared by: every spelling of the mailbox is stopped; see mailbox_of.';
comment on column suppressions.address_hmac is
  'Once the person was erased: HMAC-SHA256 of the mailbox under a key derived from the installation''s secret, in hex.';
comment on column suppressions.actor is 'user:ID, api_key:ID, cli, system, or person where they did it themselves.';
