set local role neonhub_migrate;

create table reembeddings (
  organization_id uuid not null,
  brand_id uuid not null,
  provider text not null,
  model text not null,
  embedding_space_id uuid,
  switched_at timestamptz,
  job_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, brand_id),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade,
  foreign key (organization_id, embedding_space_id) references embedding_spaces (organization_id, id),
  foreign key (organization_id, job_id) references agent_jobs (organization_id, id) on delete set null (job_id)
);
comment on table reembeddings is 'A brand''s way from one embedding model to another, while it lasts. Search stays in the old space until `switched_at`.';
comment on column reembeddings.embedding_space_id is 'The space of that model; null until the model has told its dimension.';
comment on column reembeddings.switched_at is 'When search went over to the new space. What remains is to remove the old vectors.';
comment on column reembeddings.job_id is 'The newest job that carries it on.';
create index reembeddings_embedding_space_id_idx on reembeddings (organization_id, embedding_space_id);
create index reembeddings_job_id_idx on reembeddings (organization_id, job_id);
call protect_tenant_table('reembeddings', 'select, insert, update, delete');
call open_to_system('reembeddings', 'select (organization_id, brand_id, provider, model, job_id)');

-- Brands that an interrupted import left in two spaces: what lacks a vector in the one that holds gets it.
alter table reembeddings no force row level security;
alter table brands no force row level security;
alter table chunks no force row level security;
alter table chunk_embeddings no force row level security;
alter table embedding_spaces no force row level security;
insert into reembeddings (organization_id, brand_id, provider, model, embedding_space_id)
  select b.organization_id, b.id, s.provider, s.model, s.id
  from brands b
  join embedding_spaces s on s.organization_id = b.organization_id and s.id = b.embedding_space_id
  where exists (
    select from chunk_embeddings e
    where e.organization_id = b.organization_id and e.brand_id = b.id and e.embedding_space_id <> b.embedding_space_id
  );
alter table reembeddings force row level security;
alter table brands force row level security;
alter table chunks force row level security;
alter table chunk_embeddings force row level security;
alter table embedding_spaces force row level security;
