import { type Command, InvalidArgumentError } from 'commander'
import type { Config } from '../../base/config.ts'
import type { Terminal } from '../terminal.ts'
import type { RetentionFlags } from './db/retention.ts'

/** What these commands are given by the composition root. */
export interface DataContext {
  readonly readConfig: () => Config
  readonly openTerminal: () => Terminal
}

/**
 * The option of the whole program, which takes it before a command can. Never the environment's: whoever acts for one
 * client all day must not back up that one alone without a word.
 */
const organizationOf = (command: Command) => command.optsWithGlobals<{ organization?: string }>().organization

/** Adds the commands that keep, bring back and move what is in the database. Each is loaded when it is called. */
export function addDataCommands(database: Command, { readConfig, openTerminal }: DataContext): void {
  database
    .command('backup')
    .description('write everything to a file, or the organization that --organization names, with its members')
    .argument('<file>')
    .option('--replace', 'put the new file in the place of one that is there, once it is complete')
    .action(async (file: string, { replace }: { replace?: boolean }, command: Command) => {
      const { writeBackup } = await import('./db/backup.ts')
      const organization = organizationOf(command)
      await writeBackup(readConfig(), openTerminal(), { file, organization, replaces: replace ?? false })
    })
  database
    .command('restore')
    .description('bring a backup back: an installation into an empty database, an organization where it is absent')
    .argument('<file>')
    .action(async (file: string) => {
      const { restore } = await import('./db/restore.ts')
      await restore(readConfig(), openTerminal(), { file })
    })
  database
    .command('move')
    .description('copy everything to an empty PostgreSQL, row for row, and leave the old place closed')
    .requiredOption('--to <url>', 'such as postgresql://user:password@host:5432/neonhub')
    .action(async ({ to }: { to: string }) => {
      const { move } = await import('./db/move.ts')
      await move(readConfig(), openTerminal(), { to })
    })
  database
    .command('export')
    .description('write the rows of --organization as JSON lines, for people and other programs; no secrets')
    .requiredOption('--out <dir>', 'a folder that is not there, or is empty')
    .action(async ({ out }: { out: string }, command: Command) => {
      const { writeExport } = await import('./db/export.ts')
      const organization = organizationOf(command)
      if (organization === undefined)
        command.error('error: --organization <slug> says whose rows to write', { exitCode: 2 })
      await writeExport(readConfig(), openTerminal(), { slug: organization, out })
    })
  const retention = database
    .command('retention')
    .description('for how long each organization keeps what happened')
    .action(async () => (await import('./db/retention.ts')).showRetention(readConfig(), openTerminal()))
  retention
    .command('set')
    .description('set it for an organization: days, or "forever"')
    .argument('<organization>', 'its slug')
    .option('--runs <days>', 'runs with their journals, counted from their end', parseDays)
    .option('--audit <days>', 'the audit log', parseDays)
    .option('--sandbox <days>', 'what sandbox connections remember', parseDays)
    .option(
      '--webhooks <days>',
      'events that were told or taken in, counted from their end; a week at least',
      parseWebhookDays,
    )
    .option('--metrics <days>', 'what was measured outside, counted from when it was', parseDays)
    .action(async (slug: string, flags: RetentionFlags) => {
      const { setRetention } = await import('./db/retention.ts')
      await setRetention(readConfig(), openTerminal(), { slug, ...flags })
    })
  retention
    .command('run')
    .description('remove what is past its days now; a worker does it daily')
    .option('--dry-run', 'tell what would go, and remove nothing')
    .action(async ({ dryRun }: { dryRun?: boolean }) => {
      const { runRetentionNow } = await import('./db/retention.ts')
      await runRetentionNow(readConfig(), openTerminal(), { dryRun: dryRun ?? false })
    })
}

/** Providers repeat an event for days: a shorter memory would take it for a new one. */
function parseWebhookDays(text: string): number | 'forever' {
  const days = parseDays(text)
  if (days === 'forever' || days >= 7) return days
  throw new InvalidArgumentError('It must be a week at least: providers repeat what they sent for days.')
}

/** Days, or "forever"; no null, of which Commander makes an empty text. */
function parseDays(text: string): number | 'forever' {
  if (text === 'forever') return text
  const days = Number(text)
  if (/^\d+$/.test(text) && days >= 1 && days <= 36_500) return days
  throw new InvalidArgumentError('It must be a number of days from 1 to 36500, or "forever".')
}
