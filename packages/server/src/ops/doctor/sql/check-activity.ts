import { sql } from '../../../db/index.ts'
import type { Finding } from '../finding.ts'

/** Transactions that hold back vacuum and migrations; `idleSeconds` and `longSeconds` are what is still usual. */
export const checkTransactions = ({
  idleSeconds,
  longSeconds,
}: {
  readonly idleSeconds: number
  readonly longSeconds: number
}) => sql<Finding>`
  with sessions as (
    select *, extract(epoch from clock_timestamp() - xact_start)::int as seconds,
      extract(epoch from clock_timestamp() - state_change)::int as idle_seconds,
      format('process %s of %s (%s)', pid, coalesce(usename, 'unknown'), coalesce(nullif(application_name, ''), 'no name')) as session
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
  )
  select 'warning' as severity, 'transaction.idle' as code,
    format('A transaction has been open and idle for %s s: its locks and its snapshot stay', idle_seconds) as what,
    session as where, format('End it: select pg_terminate_backend(%s)', pid) as remedy
  from sessions where state like 'idle in transaction%' and idle_seconds >= ${idleSeconds}
  union all
  select 'warning', 'transaction.long', format('A transaction has been running for %s min: vacuum and migrations wait for it', seconds / 60),
    session, format('Wait for it, or end it: select pg_terminate_backend(%s)', pid)
  from sessions where state = 'active' and seconds >= ${longSeconds}
  union all
  select 'warning', 'transaction.prepared', format('A prepared transaction waits since %s', to_char(prepared, 'YYYY-MM-DD HH24:MI')),
    format('transaction %L', gid), format('commit prepared %1$L, or rollback prepared %1$L', gid)
  from pg_prepared_xacts where database = current_database() and prepared < now() - interval '5 minutes'
`

/** Tables with many dead rows. Small ones do not matter. */
export const checkBloat = sql<Finding>`
  select 'warning' as severity, 'table.dead_rows' as code,
    format('%s has %s dead rows beside %s live ones', relname, n_dead_tup, n_live_tup) as what, 'table ' || relname as where,
    format('vacuum (analyze) %I; if it comes back, look for long transactions and autovacuum''s settings', relname) as remedy
  from pg_stat_user_tables
  where schemaname = 'public' and n_dead_tup > 10000 and n_dead_tup > 0.2 * n_live_tup
`
