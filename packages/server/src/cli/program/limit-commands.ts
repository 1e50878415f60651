import type { Command } from 'commander'
import { type LimitFlags, type LimitSubjectFlags, listLimits, removeLimit, setLimit } from '../commands/limits.ts'
import type { Clients } from './clients.ts'
import { parseCount } from './run-commands.ts'

const named = (command: Command) =>
  command
    .option('--brand <slug>', 'runs for a brand')
    .option('--agent <agent>', 'runs of an agent')
    .option('--connection <name>', 'calls of a connection')

/** How much an organization lets go on at once. */
export function addLimitCommands(program: Command, { withClient }: Pick<Clients, 'withClient'>): void {
  const limits = program.command('limits').description('how many runs, or calls of a connection, go on at once')
  limits
    .command('list', { isDefault: true })
    .description('those that are set, with how much goes on')
    .action(() => withClient((client, terminal) => listLimits(client, terminal)))
  named(limits.command('set').description('limit all runs, or those of what is named; what is over it waits'))
    .option('--at-once <number>', 'how many', parseCount)
    .option('--per-minute <number>', 'how many calls of a connection start within a minute', parseCount)
    .action((flags: LimitFlags) => withClient((client, terminal) => setLimit(client, terminal, flags)))
  named(limits.command('remove').description('take away what is set')).action((flags: LimitSubjectFlags) =>
    withClient((client, terminal) => removeLimit(client, terminal, flags)),
  )
}
