import { NeonHubError } from '../../base/errors.ts'
import type { Logger } from '../../base/log.ts'
import {
  assertKnown,
  type Database,
  migrate,
  openDatabase,
  readMigrations,
  readMigrationStatus,
} from '../../db/index.ts'
import { compareCatalogues, type Difference } from './compare-catalogues.ts'
import { readCatalogue } from './read-catalogue.ts'

export interface Drift {
  /** The migration up to which the database was compared: the newest that it has. */
  readonly version: number
  /** Migrations that are not applied yet; what they would make is no drift. */
  readonly pending: readonly string[]
  readonly differences: readonly Difference[]
}

/**
 * Compares the live schema with the one that its migrations make, built in a database in memory. Changes nothing.
 * Throws `db.newer_than_code`, `db.migration_edited`, `ops.not_migrated`.
 */
export async function findDrift(database: Database, { logger }: { readonly logger: Logger }): Promise<Drift> {
  const status = await readMigrationStatus(database)
  assertKnown(status)
  if (status.applied.length === 0) {
    throw new NeonHubError('ops.not_migrated', 'No migration was applied to this database yet', {
      kind: 'conflict',
      hint: 'Run neonhub db migrate first.',
    })
  }
  const pending = new Set(status.pending.map(({ version }) => version))
  const migrations = (await readMigrations()).filter(({ version }) => !pending.has(version))
  const model = await openDatabase({ databaseUrl: undefined, dataDir: undefined, logger })
  try {
    await migrate(model, { migrations })
    return {
      version: status.version,
      pending: status.pending.map(({ name }) => name),
      differences: compareCatalogues(await readCatalogue(model), await readCatalogue(database)),
    }
  } finally {
    await model.close()
  }
}
