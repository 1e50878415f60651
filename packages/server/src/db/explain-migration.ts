import { messageOf, NeonHubError } from '../base/errors.ts'
import { explainFullDisk } from './full-disk.ts'
import { sqlStateOf } from './sql-state.ts'

const connectionStates = /^(08|57P)/

/** Says what failed in a migration, and what to do about it. */
export function explainMigration(
  { name, isTransactional }: { readonly name: string; readonly isTransactional: boolean },
  error: unknown,
): NeonHubError {
  if (error instanceof NeonHubError) return error
  const fullDisk = explainFullDisk(error)
  if (fullDisk) return fullDisk
  const code = sqlStateOf(error)
  const message = messageOf(error)
  if ((code === '0A000' || code === '58P01' || code === '42704') && /extension|type "(vector|citext)"/.test(message)) {
    return new NeonHubError('db.extension_missing', `The server lacks an extension: ${message}`, {
      kind: 'unavailable',
      hint: 'Install pgvector (Debian: postgresql-17-pgvector) and the contrib modules on the database server.',
      cause: error,
    })
  }
  return new NeonHubError('db.migration_failed', `Migration ${name} failed: ${message}`, {
    kind: 'unavailable',
    hint: hintFor(code, isTransactional),
    cause: error,
  })
}

function hintFor(code: string, isTransactional: boolean): string {
  if (code === '42501') {
    return 'Run neonhub db migrate as whoever owns the schema. On a new server, prepare the roles first: neonhub db roles.'
  }
  if (code === '57014') {
    return 'A statement took longer than --statement-timeout. Migrate at a quieter time, or allow it longer (0 is without end).'
  }
  if (connectionStates.test(code) || code === '' || code.startsWith('E')) {
    return 'The connection was lost. Run neonhub db migrate again: it goes on where this one ended.'
  }
  return isTransactional
    ? 'Nothing of this migration was kept; those before it were.'
    : 'Its earlier statements stand. Mend the cause and run neonhub db migrate again: it goes on with the one that failed.'
}
