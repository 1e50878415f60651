import { NeonHubError } from '../../../base/errors.ts'
import { sql } from '../../../db/index.ts'
import type { EveryTx } from '../../../db/system.ts'
import { orderTables } from '../order-tables.ts'
import type { BackupColumn, BackupReference, BackupTable } from '../table.ts'

/** What the migrations themselves fill: a restored database has its own. */
const schemaTables = ['schema_migrations', 'partitioned_tables']
/** Of a user, and yet not taken along with an organization: a sign-in of the old place is none of the new one. */
const sessionTables = ['sessions']

/**
 * Every table of the schema, parents before those that reference them. Partitions are reached through their parents.
 * Throws `backup.table_closed` for one that the owner cannot read, and `backup.reference_circle`.
 */
export async function listTables(tx: EveryTx): Promise<readonly BackupTable[]> {
  const { rows } = await sql<{
    name: string
    columns: readonly BackupColumn[]
    references: readonly BackupReference[]
    isOpen: boolean
    hasTriggers: boolean
    sequences: readonly { readonly column: string; readonly sequence: string }[]
  }>`
    select c.relname as name,
      (
        select jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, null)) order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      ) as columns,
      coalesce((
        select jsonb_agg(jsonb_build_object(
          'name', k.conname, 'parent', k.confrelid::regclass::text, 'isDeferrable', k.condeferrable,
          'columns', (
            select jsonb_agg(a.attname order by u.position) from unnest(k.conkey) with ordinality u (number, position)
            join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number
          )
        ) order by k.conname)
        from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and k.conparentid = 0
      ), '[]') as references,
      not c.relrowsecurity or exists (
        select from pg_policy p where p.polrelid = c.oid and p.polname = 'every_organization'
      ) as "isOpen",
      exists (
        select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled <> 'D'
      ) as "hasTriggers",
      coalesce((
        select jsonb_agg(jsonb_build_object(
          'column', a.attname, 'sequence', pg_get_serial_sequence(quote_ident(c.relname), a.attname)
        ) order by a.attnum)
        from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          and pg_get_serial_sequence(quote_ident(c.relname), a.attname) is not null
      ), '[]') as sequences
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and c.relname not in (${sql.join(schemaTables)})
    order by c.relname
  `.execute(tx)
  const closed = rows.filter(({ isOpen }) => !isOpen).map(({ name }) => name)
  if (closed.length > 0) {
    throw new NeonHubError('backup.table_closed', `A backup cannot read ${closed.join(', ')}`, {
      kind: 'internal',
      hint: 'Its migration has to end with `call open_to_owner(…)` (protect_tenant_table does); neonhub db drift shows what is missing.',
    })
  }
  return orderTables(rows.map((row) => ({ ...row, belonging: belongingOf(row) })))
}

function belongingOf({ name, columns, references }: Pick<BackupTable, 'name' | 'columns' | 'references'>) {
  if (name === 'organizations' || name === 'users') return name
  if (columns.some((column) => column.name === 'organization_id')) return 'organization'
  const isOfUser = references.some(({ parent }) => parent === 'users') && !sessionTables.includes(name)
  return isOfUser ? 'user' : 'installation'
}
