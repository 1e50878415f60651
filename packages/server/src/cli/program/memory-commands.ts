import { MemoryKind, MemoryStatus } from '@neonhub/contract'
import { type Command, Option } from 'commander'
import { compact } from '../../base/compact.ts'
import {
  addMemory,
  changeMemory,
  forgetMemory,
  listMemories,
  type NewMemoryOptions,
  showMemory,
} from '../commands/memories.ts'
import type { Clients } from './clients.ts'

/** What agents are told of a brand beside its documents. */
export function addMemoryCommands(program: Command, { withClient }: Clients): void {
  const memories = program
    .command('memories')
    .description('what agents remember of your brands')
    // Not --brand: commander would take the one of `memories add` for this.
    .option('--of <slug>', 'of this brand alone')
    .addOption(new Option('--status <status>').choices(MemoryStatus.options))
    .action(({ of: brand, status }: { of?: string; status?: (typeof MemoryStatus.options)[number] }) =>
      withClient((client, terminal) => listMemories(client, terminal, compact({ brand, status }))),
    )
  memories
    .command('add')
    .description('have something remembered')
    .requiredOption('--brand <slug>')
    .requiredOption('--text <text>', 'at most 2,000 characters')
    .addOption(new Option('--kind <kind>').choices(MemoryKind.options).default('fact'))
    .option('--agent <name>', 'the one agent that is told; all without it')
    .option('--pin', 'recalled whatever is asked', false)
    .option('--expires <moment>', 'from then on it is not told: 2026-12-24T00:00:00Z')
    .option('--person <id>', 'whom it is about, of neonhub people: erasing them forgets it')
    .option('--replaces <id>', 'the memory that is told no longer')
    .action((options: NewMemoryOptions) => withClient((client, terminal) => addMemory(client, terminal, options)))
  memories
    .command('show')
    .description('a memory')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => showMemory(client, terminal, id)))
  for (const [command, description, change] of [
    ['accept', 'let agents be told what a run proposed', { accept: true }],
    ['pin', 'recall it whatever is asked', { pinned: true }],
    ['unpin', 'recall it where it fits', { pinned: false }],
  ] as const) {
    memories
      .command(command)
      .description(description)
      .argument('<id>')
      .action((id: string) => withClient((client, terminal) => changeMemory(client, terminal, { id, ...change })))
  }
  memories
    .command('forget')
    .description('delete a memory, or refuse what a run proposed')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => forgetMemory(client, terminal, id)))
}
