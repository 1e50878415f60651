-- What members say of what was written.
set local role neonhub_migrate;

create type feedback_verdict as enum ('up', 'down');

create table feedback (
  organization_id uuid not null,
  id uuid not null,
  brand_id uuid not null,
  content_id uuid,
  message_id uuid,
  text_hash text not null,
  verdict feedback_verdict not null,
  remark text not null default '' check (length(remark) <= 2000),
  given_by text not null,
  withdrawn_by text,
  withdrawn_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  check (num_nonnulls(content_id, message_id) <= 1),
  check ((withdrawn_by is null) = (withdrawn_at is null)),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade,
  foreign key (organization_id, content_id) references content (organization_id, id) on delete set null (content_id),
  foreign key (organization_id, message_id) references messages (organization_id, id) on delete set null (message_id)
);
comment on table feedback is
  'What members make of a text that a brand got, and what should be different: agents that write for the brand are told it. Unlike run_scores, which are figures about how a run or a step went and end with the run, it is about the text, for the next writer, and stays. Never changed; it can be withdrawn.';
comment on column feedback.content_id is 'The piece that it is about, else message_id: an answer in a conversation. Both are null once that is gone.';
comment on column feedback.text_hash is 'SHA-256 of the text as it stood then: the version that was meant.';
comment on column feedback.remark is 'What should be different, or stay so; empty where the verdict says it all.';
comment on column feedback.given_by is 'user:ID, api_key:ID or cli. Likewise withdrawn_by.';
create index feedback_brand_id_idx on feedback (organization_id, brand_id, id);
create index feedback_content_id_idx on feedback (organization_id, content_id) where content_id is not null;
create index feedback_message_id_idx on feedback (organization_id, message_id) where message_id is not null;
call protect_tenant_table('feedback', 'select, insert, update (withdrawn_by, withdrawn_at)');
