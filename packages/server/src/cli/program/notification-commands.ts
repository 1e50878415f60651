import type { Command } from 'commander'
import { listNotifications, readNotifications } from '../commands/notifications.ts'
import type { Clients } from './clients.ts'
import { parseCount } from './run-commands.ts'

/** What asks for a person. */
export function addNotificationCommands(program: Command, { withClient }: Clients): void {
  const notifications = program
    .command('notifications')
    .description('what asks for a person')
    .action(() => withClient((client, terminal) => listNotifications(client, terminal, { all: false, limit: 50 })))
  notifications
    .command('list')
    .description('what is unread, the newest first')
    .option('--all', 'also what is read or resolved', false)
    .option('--limit <number>', 'how many, 100 at most', parseCount, 50)
    .option('--before <cursor>', 'only older ones, from where another page ended')
    .action((options: { all: boolean; limit: number; before?: string }) =>
      withClient((client, terminal) => listNotifications(client, terminal, options)),
    )
  notifications
    .command('read')
    .description('mark one as read, or all of them')
    .argument('[id]', 'all where it is left out')
    .action((id: string | undefined) => withClient((client, terminal) => readNotifications(client, terminal, id)))
}
