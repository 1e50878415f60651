import type { Command } from 'commander'
import type { Config } from '../../base/config.ts'
import type { Terminal } from '../terminal.ts'

/** What these commands are given by the composition root. */
export interface DataContext {
  readonly readConfig: () => Config
  readonly openTerminal: () => Terminal
}

/** Adds the commands that keep, bring back and move what is in the database. Each is loaded when it is called. */
export function addDataCommands(database: Command, { readConfig, openTerminal }: DataContext): void {
  database
    .command('backup')
    .description('write everything, or one organization, to a file')
    .argument('<file>')
    .option('--organization <slug>', 'that organization alone, with its members')
    .option('--replace', 'put the new file in the place of one that is there, once it is complete')
    .action(async (file: string, { organization, replace }: { organization?: string; replace?: boolean }) => {
      const { writeBackup } = await import('./db/backup.ts')
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
}
