import { defaultLimits, type MigrationLimits, migrationsTable } from './migrate.ts'
import type { Migration } from './read-migrations.ts'

/**
 * The SQL that `migrate` would run for these migrations, as a script that `psql` takes. An index that an earlier attempt
 * left invalid is looked for by `migrate` alone.
 */
export function planMigrations(
  pending: readonly Migration[],
  { lockTimeoutMs, statementTimeoutMs }: Pick<MigrationLimits, 'lockTimeoutMs' | 'statementTimeoutMs'> = defaultLimits,
): string {
  const limits = [`set local lock_timeout = ${lockTimeoutMs};`, `set local statement_timeout = ${statementTimeoutMs};`]
  return pending
    .map(({ version, name, checksum, text, isTransactional }) => {
      const record = `insert into schema_migrations (version, name, checksum) values (${version}, '${name}', '${checksum}');`
      const table = version === 1 ? [`${migrationsTable};`] : []
      return isTransactional
        ? [`-- ${name}`, 'begin;', ...limits, ...table, text.trim(), 'reset role;', record, 'commit;', ''].join('\n')
        : [`-- ${name}`, 'set role neonhub_migrate;', text.trim(), 'reset role;', record, ''].join('\n')
    })
    .join('\n')
}
