-- A login role of the application owns nothing and inherits nothing; before it serves, it looks whether the schema is
-- the one that its code expects.
comment on table schema_migrations is 'The migrations that were applied, each with the checksum of its file.';
grant select on schema_migrations to public;
