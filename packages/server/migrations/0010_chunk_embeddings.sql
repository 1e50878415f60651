-- Vectors move out of `chunks` into a table of their own, one row for each chunk and space, for three reasons that
-- docs/retrieval.md has figures for:
--   * A vector of 512 numbers beside a passage's text is stored out of line, and reading it there costs several times
--     what comparing it does. Here it lies in the row.
--   * The vectors of a new model can be made while search goes on with those of the old one.
--   * A large brand gets an HNSW index over its own rows alone (`vector_index_name`); all others are searched exactly.
set local role neonhub_migrate;

create table chunk_embeddings (
  organization_id uuid not null,
  brand_id uuid not null,
  embedding_space_id uuid not null,
  chunk_id uuid not null,
  embedding vector not null,
  primary key (organization_id, chunk_id, embedding_space_id),
  foreign key (organization_id, chunk_id) references chunks (organization_id, id) on delete cascade,
  foreign key (organization_id, embedding_space_id) references embedding_spaces (organization_id, id)
)
-- Up to a page (2,000 dimensions), a vector stays in its row. No parallel workers: a search takes one core, and a build of an HNSW index
-- with several could write past its buffer before pgvector 0.8.2.
with (toast_tuple_target = 8160, parallel_workers = 0);
comment on table chunk_embeddings is 'The vector of a chunk in a space. While an organization changes its model, a chunk has one in each of two.';
comment on column chunk_embeddings.brand_id is 'Of the chunk, which never changes its brand and goes with it.';
comment on column chunk_embeddings.embedding is 'Unit vector of the title, the headings and the text; its space tells the dimension.';

alter table brands add column embedding_space_id uuid;
alter table brands
  add foreign key (organization_id, embedding_space_id) references embedding_spaces (organization_id, id);
comment on column brands.embedding_space_id is
  'The space in which search looks: every chunk of the brand has a vector in it. Null before the first import.';

alter table chunks add column contextual_text text;
comment on column chunks.contextual_text is
  'What was embedded, where that is not the title, the headings, a blank line and the text: a passage of several small sections names them.';

-- The owner is bound by FORCE as well, and moves the rows of every organization.
alter table chunks no force row level security;
alter table brands no force row level security;
insert into chunk_embeddings (organization_id, brand_id, embedding_space_id, chunk_id, embedding)
  select organization_id, brand_id, embedding_space_id, id, embedding from chunks
  order by organization_id, brand_id, id;
-- An import with another model that was cut short left a brand in two spaces: the one with more chunks holds.
update brands set embedding_space_id = own.embedding_space_id
  from (
    select distinct on (organization_id, brand_id) organization_id, brand_id, embedding_space_id
    from chunks group by organization_id, brand_id, embedding_space_id
    order by organization_id, brand_id, count(*) desc, embedding_space_id desc
  ) as own
  where brands.organization_id = own.organization_id and brands.id = own.brand_id;
alter table chunks drop column embedding, drop column embedding_space_id;
alter table chunks force row level security;
alter table brands force row level security;
-- Gives back the room of the vectors that lay out of line.
cluster chunks using chunks_pkey;

create index chunk_embeddings_brand_id_idx on chunk_embeddings (organization_id, embedding_space_id, brand_id);
create index brands_embedding_space_id_idx on brands (organization_id, embedding_space_id);
-- With the column, the indexes that named it went.
create index chunks_brand_id_idx on chunks (organization_id, brand_id);
create index chunks_content_hash_idx on chunks (organization_id, content_hash);
call protect_tenant_table('chunk_embeddings', 'select, insert, delete');

create function vector_index_name(brand_id uuid, embedding_space_id uuid) returns text
  language sql immutable parallel safe
  return 'chunk_vectors_' || replace(brand_id::text, '-', '') || '_' || right(embedding_space_id::text, 12);
comment on function vector_index_name is
  'Names the HNSW index over one brand''s vectors in one space; there is one where the brand is large.';

create function has_vector_index(brand_id uuid, embedding_space_id uuid) returns boolean
  language sql stable parallel safe
  return exists (
    select from pg_catalog.pg_index
    where indexrelid = to_regclass(vector_index_name(brand_id, embedding_space_id)) and indisvalid
  );
comment on function has_vector_index is 'Whether that index is there and whole: a build that was cut short leaves one that is not.';

-- What finds the brands that are large enough for an index, and those that are in another space than the installation''s.
call open_to_system('chunk_embeddings', 'select (organization_id, brand_id, embedding_space_id)');
call open_to_system('embedding_spaces', 'select (organization_id, id, provider, model, dimensions)');
call open_to_system('brands', 'select (organization_id, id, embedding_space_id)');
