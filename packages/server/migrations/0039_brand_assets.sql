-- What brands have as files: logos, photographs, fonts, guidelines.
set local role neonhub_migrate;

create type brand_asset_kind as enum ('logo', 'image', 'font', 'video', 'guideline', 'other');
create type asset_media_type as enum (
  'image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/svg+xml', 'application/pdf', 'font/woff2', 'font/ttf',
  'font/otf', 'video/mp4'
);

create table asset_contents (
  organization_id uuid not null references organizations on delete cascade,
  sha256 text not null,
  media_type asset_media_type not null,
  byte_size integer not null check (byte_size > 0),
  created_at timestamptz not null default now(),
  primary key (organization_id, sha256)
);
comment on table asset_contents is
  'What the files of an organization''s brands hold, each once, however many assets have it. What no asset has any more goes.';
comment on column asset_contents.sha256 is 'SHA-256 of the bytes, in hex.';
comment on column asset_contents.media_type is 'As the bytes show it; never what an upload said.';
call protect_tenant_table('asset_contents', 'select, insert, delete');

create table asset_parts (
  organization_id uuid not null,
  sha256 text not null,
  number integer not null check (number >= 0),
  bytes bytea not null,
  primary key (organization_id, sha256, number),
  foreign key (organization_id, sha256) references asset_contents (organization_id, sha256) on delete cascade
);
comment on table asset_parts is
  'The bytes of a content in parts of at most 256 KiB, so that a backup, which reads many rows at once, stays small in memory.';
comment on column asset_parts.number is 'The place of the part, from 0.';
call protect_tenant_table('asset_parts', 'select, insert, delete');

create table brand_assets (
  organization_id uuid not null,
  id uuid not null,
  brand_id uuid not null,
  name citext not null,
  version integer not null check (version > 0),
  kind brand_asset_kind not null,
  alternative_text text not null default '',
  license_note text not null default '',
  rights_until date,
  sha256 text not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade,
  foreign key (organization_id, sha256) references asset_contents (organization_id, sha256)
);
comment on table brand_assets is
  'A file of a brand, as a logo or a photograph. A file of the same name is a new version; earlier ones stay until removed.';
comment on column brand_assets.name is
  'What people call it, such as logo.svg. Not unique: erasing a person may put the same marker into two names. Versions are numbered under a lock.';
comment on column brand_assets.version is 'The highest of a name is in use.';
comment on column brand_assets.alternative_text is 'What an image shows, for whoever does not see it.';
comment on column brand_assets.license_note is 'Where it comes from and what may be done with it.';
comment on column brand_assets.rights_until is 'The last day, in the brand''s time zone, on which it may be used; null for good.';
comment on column brand_assets.created_by is 'user:ID, api_key:ID or cli.';
create index brand_assets_name_idx on brand_assets (organization_id, brand_id, name, version desc);
create index brand_assets_sha256_idx on brand_assets (organization_id, sha256);
call protect_tenant_table(
  'brand_assets',
  'select, insert, update (kind, alternative_text, license_note, rights_until, updated_at), delete'
);
