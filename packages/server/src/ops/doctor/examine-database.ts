import {
  type Database,
  type MigrationStatus,
  type OperatorTx,
  readMigrationStatus,
  withOperator,
} from '../../db/index.ts'
import type { Finding } from './finding.ts'
import { checkBloat, checkTransactions } from './sql/check-activity.ts'
import { checkExtensions } from './sql/check-extensions.ts'
import { checkConnectionRole, checkRoles } from './sql/check-roles.ts'
import { checkForeignKeys, checkIndexes, checkPartitions, checkRowSecurity } from './sql/check-schema.ts'
import { checkEmbedded, checkServer } from './sql/check-server.ts'

const everywhere = [checkExtensions, checkRoles, checkRowSecurity, checkForeignKeys, checkIndexes, checkPartitions]
const checks = {
  embedded: [checkEmbedded, ...everywhere],
  server: [
    checkServer,
    ...everywhere,
    checkConnectionRole,
    checkTransactions({ idleSeconds: 60, longSeconds: 300 }),
    checkBloat,
  ],
}

const severities = ['error', 'warning', 'notice'] as const

/** Looks for what is wrong with a database, the worst first. Changes nothing. */
export async function examineDatabase(database: Database): Promise<readonly Finding[]> {
  const status = await readMigrationStatus(database)
  const findings = await withOperator(database, { readOnly: true }, (tx) => examineIn(tx, database.mode))
  return [...judgeMigrations(status), ...findings].toSorted(
    (one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity),
  )
}

/** Likewise in a transaction that is open, without the migrations. */
export async function examineIn(tx: OperatorTx, mode: Database['mode']): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const check of checks[mode]) findings.push(...(await check.execute(tx)).rows)
  return findings
}

function judgeMigrations({ pending, edited, unknown }: MigrationStatus): readonly Finding[] {
  return [
    ...edited.map(({ name }): Finding => ({
      severity: 'error',
      code: 'migration.edited',
      what: `${name} was changed after it had been applied`,
      where: `migration ${name}`,
      remedy: 'Put the file back as it was and write the change as a new migration',
    })),
    ...unknown.map(({ name }): Finding => ({
      severity: 'error',
      code: 'migration.unknown',
      what: `${name} was applied by a newer version`,
      where: `migration ${name}`,
      remedy: 'Install the version that brought it',
    })),
    ...pending.map(({ name }): Finding => ({
      severity: 'warning',
      code: 'migration.pending',
      what: `${name} is not applied yet`,
      where: `migration ${name}`,
      remedy: 'Run neonhub db migrate',
    })),
  ]
}
