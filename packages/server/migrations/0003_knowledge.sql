set local role neonhub_migrate;

create type dataset_kind as enum ('folder', 'site', 'upload');
create type document_origin as enum ('own', 'web');

create table brands (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  slug citext not null,
  name text not null,
  description text not null default '',
  website text,
  language text not null default 'en',
  audience text not null default '',
  time_zone text not null default 'UTC',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, slug)
);
comment on table brands is 'A brand of an organization: what documents, voice and campaigns belong to.';
call protect_tenant_table('brands', 'select, insert, update, delete');

create table brand_voices (
  organization_id uuid not null,
  id uuid not null,
  brand_id uuid not null,
  version integer not null,
  name text not null,
  summary text not null,
  rules jsonb not null,
  avoid jsonb not null,
  examples jsonb not null,
  content_hash text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, brand_id, version),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade
);
comment on table brand_voices is 'How a brand speaks, in versions that are never changed: a run names the one it used.';
comment on column brand_voices.rules is 'JSON array of sentences; likewise avoid and examples.';
call protect_tenant_table('brand_voices', 'select, insert');

create table personas (
  organization_id uuid not null,
  id uuid not null,
  brand_id uuid not null,
  name citext not null,
  role text not null default '',
  goals jsonb not null default '[]',
  pains jsonb not null default '[]',
  channels jsonb not null default '[]',
  keywords jsonb not null default '[]',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, brand_id, name),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade
);
comment on table personas is 'Whom a brand speaks to.';
call protect_tenant_table('personas', 'select, insert, update, delete');

create table keywords (
  organization_id uuid not null,
  id uuid not null,
  brand_id uuid not null,
  term citext not null,
  intent text,
  volume integer,
  difficulty integer,
  persona text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, brand_id, term),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade
);
comment on table keywords is 'Search terms that a brand wants to be found by.';
comment on column keywords.volume is 'Searches a month.';
comment on column keywords.difficulty is '0 (easy) to 100 (hard).';
call protect_tenant_table('keywords', 'select, insert, update, delete');

create table datasets (
  organization_id uuid not null,
  id uuid not null,
  brand_id uuid not null,
  kind dataset_kind not null,
  source text not null,
  imported_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, brand_id, source),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade
);
comment on table datasets is 'A folder or a site that was imported; importing it again changes only what changed there.';
call protect_tenant_table('datasets', 'select, insert, update, delete');

create table documents (
  organization_id uuid not null,
  id uuid not null,
  brand_id uuid not null,
  dataset_id uuid not null,
  path text not null,
  title text not null,
  media_type text not null,
  origin document_origin not null,
  content_hash text not null,
  word_count integer not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, dataset_id, path),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade,
  foreign key (organization_id, dataset_id) references datasets (organization_id, id) on delete cascade
);
comment on table documents is 'One file or page of a dataset.';
comment on column documents.path is 'Path within the folder, or the page''s URL.';
comment on column documents.content_hash is 'Of what the document says and of how it is indexed: an import leaves alone what has the same.';
comment on column documents.origin is 'web is text from outside: chunks of it are untrusted.';
create index documents_brand_id_idx on documents (organization_id, brand_id);
call protect_tenant_table('documents', 'select, insert, update, delete');

create table embedding_spaces (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  provider text not null,
  model text not null,
  dimensions integer not null check (dimensions between 1 and 16000),
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, provider, model, dimensions)
);
comment on table embedding_spaces is 'Vectors compare only within one of these.';
call protect_tenant_table('embedding_spaces', 'select, insert');

create table chunks (
  organization_id uuid not null,
  id uuid not null,
  brand_id uuid not null,
  document_id uuid not null,
  ordinal integer not null,
  heading_path jsonb not null,
  text text not null,
  start_line integer not null,
  end_line integer not null,
  content_hash text not null,
  untrusted boolean not null,
  embedding_space_id uuid not null,
  embedding vector not null,
  search tsvector not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, document_id, ordinal),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade,
  foreign key (organization_id, document_id) references documents (organization_id, id) on delete cascade,
  foreign key (organization_id, embedding_space_id) references embedding_spaces (organization_id, id)
);
comment on table chunks is 'A passage of a document: what search finds and a citation names.';
comment on column chunks.heading_path is 'JSON array of the headings above the passage.';
comment on column chunks.content_hash is 'Of what was embedded: title, headings and text. While it stays, the embedding stays.';
comment on column chunks.search is 'Lexemes of title, headings and text, in the text search configuration of the brand''s language.';
comment on column chunks.embedding is 'Unit vector of the title, the headings and the text; its space tells the dimension.';
create index chunks_brand_id_idx on chunks (organization_id, brand_id, embedding_space_id);
create index chunks_content_hash_idx on chunks (organization_id, embedding_space_id, content_hash);
call protect_tenant_table('chunks', 'select, insert, update, delete');
