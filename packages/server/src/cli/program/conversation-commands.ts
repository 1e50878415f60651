import { type Command, Option } from 'commander'
import {
  listConversations,
  type Said,
  say,
  setConversationStatus,
  showConversation,
  startConversation,
} from '../commands/conversations.ts'
import type { Clients } from './clients.ts'

/** What people ask a brand, and what it answers. */
export function addConversationCommands(program: Command, { withClient, withWorker }: Clients): void {
  const conversations = program
    .command('conversations')
    .description('what people ask a brand, and what it answers')
    .addOption(new Option('--status <status>').choices(['open', 'closed']))
    .action(({ status }: { status?: 'open' | 'closed' }) =>
      withClient((client, terminal) => listConversations(client, terminal, { status })),
    )
  conversations
    .command('show')
    .description('a conversation with its messages')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => showConversation(client, terminal, id)))
  conversations
    .command('start')
    .description('write down what somebody asks')
    .requiredOption('--brand <slug>')
    .requiredOption('--message <text>')
    .option('--subject <text>', '', '')
    .option('--person <id>', 'who asks, of neonhub people')
    .option('--answer', 'let SupportAgent answer from the brand’s documents', false)
    .action((options: Parameters<typeof startConversation>[2]) =>
      withWorker((client, terminal) => startConversation(client, terminal, options)),
    )
  conversations
    .command('say')
    .description('add what somebody asks, or what you answer')
    .argument('<id>')
    .requiredOption('--message <text>')
    .option('--us', 'it is your answer', false)
    .option('--answer', 'let SupportAgent answer it', false)
    .action((id: string, options: Said & { us: boolean }) =>
      withWorker((client, terminal) => say(client, terminal, { id, ...options })),
    )
  for (const [command, status] of [
    ['close', 'closed'],
    ['reopen', 'open'],
  ] as const) {
    conversations
      .command(command)
      .description(status === 'closed' ? 'it is done; a new question opens it again' : 'it is not done')
      .argument('<id>')
      .action((id: string) => withClient((client, terminal) => setConversationStatus(client, terminal, { id, status })))
  }
}
