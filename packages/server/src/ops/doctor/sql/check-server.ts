import { sql } from '../../../db/index.ts'
import type { Finding } from '../finding.ts'

/**
 * Settings under which a crash loses what was acknowledged, and versions with known faults. PostgreSQL 16.14, 17.10 and
 * 18.4 (2026-05-14) mended eleven security faults, CVE-2026-6473 in the server among them.
 */
export const checkServer = sql<Finding>`
  select 'error' as severity, 'server.' || name || '_off' as code,
    format('%s is off: a crash of the machine loses what was acknowledged', name) as what, 'setting ' || name as where,
    format('alter system set %s = on; then restart or reload the server', name) as remedy
  from pg_settings
  where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off'
  union all
  select 'warning', 'server.version', format('PostgreSQL %s has security faults that are mended since', current_setting('server_version')),
    'the server', format('Upgrade to %s or later of the same line', mended)
  from (values (16, 160014, '16.14'), (17, 170010, '17.10'), (18, 180004, '18.4')) as lines (major, version, mended)
  where current_setting('server_version_num')::int / 10000 = major and current_setting('server_version_num')::int < version
  union all
  select case when age(datfrozenxid) > 1500000000 then 'error' else 'warning' end, 'server.wraparound',
    format('The oldest row version is %s transactions old; the server stops writing at 2.1 billion', age(datfrozenxid)),
    format('database %I', datname), 'End old transactions and replication slots, then vacuum (freeze) the database'
  from pg_database where datname = current_database() and age(datfrozenxid) > 1000000000
`

/** The embedded database's own bargain. */
export const checkEmbedded = sql<Finding>`
  select 'notice' as severity, 'server.embedded' as code,
    'The embedded database leaves writing to the disk to the operating system: a power cut may lose the last moments' as what,
    'the data folder' as where, 'Use a PostgreSQL server (DATABASE_URL) where that matters' as remedy
  where current_setting('fsync') = 'off'
`
