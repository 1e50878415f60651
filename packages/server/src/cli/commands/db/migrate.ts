import type { Config } from '../../../base/config.ts'
import {
  assertKnown,
  compareMigrations,
  defaultLimits,
  migrate,
  planMigrations,
  readMigrations,
  readMigrationStatus,
} from '../../../db/index.ts'
import { migrateQueue } from '../../../queue/index.ts'
import type { Terminal } from '../../terminal.ts'
import { hasDatabase, placeOf, withDatabase } from '../../with-database.ts'

export interface MigrateFlags {
  readonly dryRun?: boolean
  readonly lockTimeout?: number
  readonly statementTimeout?: number
  readonly wait?: number
}

/** Brings the database to this version, the queue's tables too where they live in it. */
export async function migrateDatabase(config: Config, terminal: Terminal, flags: MigrateFlags): Promise<void> {
  if (flags.dryRun) return printPlan(config, terminal, flags)
  const result = await withDatabase(config, { makes: true }, async (database, logger) => {
    terminal.status(`Migrating ${placeOf(config)} …`)
    const migrated = await migrate(database, { ...limitsOf(flags), onWait: terminal.note })
    if (config.redisUrl === undefined) await migrateQueue(database, logger)
    return migrated
  }).finally(() => terminal.endStatus())
  if (terminal.isJson) return terminal.print(JSON.stringify(result))
  for (const name of result.applied) terminal.print(`applied ${name}`)
  terminal.print(
    result.applied.length === 0
      ? `Nothing to do: ${placeOf(config)} is at version ${result.version}.`
      : `${placeOf(config)} is at version ${result.version}.`,
  )
}

const limitsOf = ({ lockTimeout, statementTimeout, wait }: MigrateFlags) => ({
  lockTimeoutMs: lockTimeout ?? defaultLimits.lockTimeoutMs,
  statementTimeoutMs: statementTimeout ?? defaultLimits.statementTimeoutMs,
  waitMs: wait ?? defaultLimits.waitMs,
})

/** Prints what would be run, and makes nothing. */
async function printPlan(config: Config, terminal: Terminal, flags: MigrateFlags): Promise<void> {
  const status = (await hasDatabase(config))
    ? await withDatabase(config, { makes: false }, (database) => readMigrationStatus(database))
    : compareMigrations([], await readMigrations())
  assertKnown(status)
  const { pending } = status
  const script = planMigrations(pending, limitsOf(flags))
  if (terminal.isJson) {
    return terminal.print(JSON.stringify({ pending: pending.map(({ name }) => name), sql: script }))
  }
  if (pending.length === 0) return terminal.note('Nothing to do.')
  terminal.print(script)
  terminal.note(`${pending.length} pending; nothing was changed. The queue's own tables are not part of this.`)
}
