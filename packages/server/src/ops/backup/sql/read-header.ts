import { sql } from '../../../db/index.ts'
import type { EveryTx } from '../../../db/system.ts'
import type { BackupHeader } from '../parts.ts'
import type { BackupScope } from '../scope.ts'

/** What the snapshot of this transaction is: its migrations and the months that its journals have partitions of. */
export async function readHeader(tx: EveryTx, scope: BackupScope): Promise<BackupHeader> {
  // The connection's own role keeps the list of migrations.
  await sql`reset role`.execute(tx)
  const migrations = await sql<{ version: number; name: string; checksum: string }>`
    select version, name, checksum from schema_migrations order by version
  `.execute(tx)
  await sql`set local role neonhub_migrate`.execute(tx)
  const { rows } = await sql<{ first: string | null; last: string | null; now: Date }>`
    select to_char(min(month), 'YYYY-MM-DD') as first, to_char(max(month), 'YYYY-MM-DD') as last, now() as now
    from (
      select to_date(substring(child.relname from '_([0-9]{4}_[0-9]{2})$'), 'YYYY_MM') as month
      from partitioned_tables t
      join pg_inherits i on i.inhparent = to_regclass(quote_ident(t.name))
      join pg_class child on child.oid = i.inhrelid
    ) as partitions
  `.execute(tx)
  const [row] = rows
  return {
    scope,
    schemaVersion: migrations.rows.at(-1)?.version ?? 0,
    migrations: Object.fromEntries(migrations.rows.map(({ name, checksum }) => [name, checksum])),
    madeAt: (row?.now ?? new Date()).toISOString(),
    ...(row?.first && row.last ? { months: { first: row.first, last: row.last } } : {}),
  }
}
