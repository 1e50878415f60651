import { type Command, InvalidArgumentError } from 'commander'
import type { Config } from '../../base/config.ts'
import type { Terminal } from '../terminal.ts'
import type { MigrateFlags } from './db/migrate.ts'
import type { RolesFlags } from './db/roles.ts'

/** What an operator's command is given by the composition root. */
export interface OperatorContext {
  readonly readConfig: () => Config
  readonly openTerminal: () => Terminal
}

/**
 * Adds the commands that look after the database's schema. They open the database itself; each is loaded when it is
 * called, so that commands that only talk to a server start sooner.
 */
export function addDatabaseCommands(database: Command, { readConfig, openTerminal }: OperatorContext): void {
  /** `false` is a bad end that was shown already. */
  const act = async (work: (config: Config, terminal: Terminal) => Promise<boolean | void>) => {
    if ((await work(readConfig(), openTerminal())) === false) process.exitCode = 1
  }

  database
    .command('status')
    .description('which migrations stand; exit 1 where one is pending or was edited')
    .action(async () => act((await import('./db/status.ts')).showStatus))
  database
    .command('migrate')
    .description('bring the database to this version')
    .option('--dry-run', 'print the SQL that would be run, and change nothing')
    .option('--lock-timeout <ms>', 'how long a statement waits for a lock before it gives way (default 3000)', parseMs)
    .option('--statement-timeout <ms>', 'how long a statement may take; 0 is without end (default 600000)', parseMs)
    .option('--wait <ms>', 'how long to go on trying, for locks and for another migrator (default 60000)', parseMs)
    .action(async (flags: MigrateFlags) => {
      const { migrateDatabase } = await import('./db/migrate.ts')
      await act((config, terminal) => migrateDatabase(config, terminal, flags))
    })
  database
    .command('drift')
    .description('where the schema is not what its migrations make, as SQL that mends it; exit 1 where it differs')
    .action(async () => act((await import('./db/drift.ts')).showDrift))
  database
    .command('doctor')
    .description('what is wrong with the database and its server; exit 1 for an error')
    .action(async () => act((await import('./db/doctor.ts')).showFindings))
  database
    .command('roles')
    .description('prepare a hosted PostgreSQL: extensions, roles, a login for the application')
    .option('--sql', 'print the SQL for an administrator (the default)')
    .option('--apply', 'run it over DATABASE_URL')
    .option('--login <name>', 'the role that the application signs in as', parseRole, 'neonhub_server')
    .option('--owner <name>', 'the role that migrates; absent, whoever runs the SQL', parseRole)
    .action(async (flags: RolesFlags) => {
      const { prepareRoles } = await import('./db/roles.ts')
      await act((config, terminal) => prepareRoles(config, terminal, flags))
    })
  database
    .command('seed')
    .description('make the first organization, its owner and sandbox connections, where they are not there')
    .action(async () => act((await import('./db/seed.ts')).seedDatabase))
}

/** Longest time that PostgreSQL takes for a timeout. */
const longestMs = 2_147_483_647

function parseMs(text: string): number {
  const ms = Number(text)
  if (/^\d+$/.test(text) && ms <= longestMs) return ms
  throw new InvalidArgumentError(`It must be a whole number of milliseconds, at most ${longestMs}.`)
}

function parseRole(text: string): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(text) && !text.startsWith('pg_')) return text
  throw new InvalidArgumentError('It must be a role name of lower-case letters, digits and underscores.')
}
