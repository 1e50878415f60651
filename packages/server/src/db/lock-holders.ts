import { sql } from 'kysely'
import type { Database } from './database.ts'

interface Holder {
  readonly pid: number
  readonly application: string
  readonly user: string | null
  readonly seconds: number
  readonly state: string | null
}

/**
 * Who stands in a migration's way, as the end of a sentence: the session that holds the advisory lock, or where there is
 * none to name, the three longest transactions. Empty where there is nobody. A user who is no superuser sees of other
 * users' sessions that they are there, and not what they do.
 */
export async function describeHolders(
  { kysely }: Database,
  { advisoryKey }: { readonly advisoryKey: number | undefined },
): Promise<string> {
  const { rows } = await sql<Holder>`
    select a.pid, coalesce(a.application_name, '') as application, a.usename as user, a.state,
      round(extract(epoch from clock_timestamp() - a.xact_start))::int as seconds
    from pg_stat_activity a
    where a.datname = current_database() and a.pid <> pg_backend_pid() and a.xact_start is not null
      and (${advisoryKey ?? null}::bigint is null or exists (
        select from pg_locks l
        where l.pid = a.pid and l.locktype = 'advisory' and l.granted and l.objid = ${advisoryKey ?? null}::bigint
          and l.database = (select oid from pg_database where datname = current_database())
      ))
    order by a.xact_start limit 3
  `.execute(kysely)
  if (rows.length === 0) return ''
  const told = rows.map(
    ({ pid, application, user, seconds, state }) =>
      `process ${pid} of ${user ?? 'unknown'}${application === '' ? '' : ` (${application})`}, ${seconds} s in a transaction, ${state ?? 'state unknown'}`,
  )
  return `: ${told.join('; ')}`
}
