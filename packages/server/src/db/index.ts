export { callGroup, groupItem } from './call-groups.ts'
export { type Database, openDatabase, type OpenDatabaseOptions } from './database.ts'
export { callEntering, type EnteringFunction } from './functions.ts'
export { embeddedExists } from './embedded.ts'
export { explainFullDisk } from './full-disk.ts'
export { isOutage } from './is-outage.ts'
export { asStored, jsonb, toJsonText } from './jsonb.ts'
export { defaultLimits, migrate, type MigrateOptions, type MigrateResult } from './migrate.ts'
export {
  type AppliedMigration,
  assertCurrent,
  assertKnown,
  compareMigrations,
  type MigrationStatus,
  readMigrationStatus,
} from './migration-status.ts'
export { markMoved } from './moved-folder.ts'
export { planMigrations } from './plan-migrations.ts'
export { type Migration, readMigrations } from './read-migrations.ts'
export { type OperatorTx, withOperator } from './operator.ts'
export { type TenantTx, withTenant } from './tenant.ts'
export type { DB } from './schema.ts'
export { sql } from 'kysely'
