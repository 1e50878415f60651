import { type Database, sql } from '../../../db/index.ts'

export interface DatabaseState {
  /** The newest migration; 0 where there is none. */
  readonly schemaVersion: number
  readonly migrations: Readonly<Record<string, string>>
  /** Tables of the schema, its list of migrations left out. */
  readonly tables: number
}

/** What stands in a database that may be anybody's, as the connection's own role. */
export async function readState(database: Database): Promise<DatabaseState> {
  const { rows } = await sql<{ tables: number; isMigrated: boolean }>`
    select to_regclass('public.schema_migrations') is not null as "isMigrated", (
      select count(*)::int from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and c.relname <> 'schema_migrations'
        and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    ) as tables
  `.execute(database.kysely)
  const [found] = rows
  if (!found?.isMigrated) return { schemaVersion: 0, migrations: {}, tables: found?.tables ?? 0 }
  const applied = await sql<{ version: number; name: string; checksum: string }>`
    select version, name, checksum from schema_migrations order by version
  `.execute(database.kysely)
  return {
    schemaVersion: applied.rows.at(-1)?.version ?? 0,
    migrations: Object.fromEntries(applied.rows.map(({ name, checksum }) => [name, checksum])),
    tables: found.tables,
  }
}
