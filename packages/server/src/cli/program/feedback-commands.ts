import { type Command, Option } from 'commander'
import { giveFeedback, type GiveFlags, listFeedback, withdrawFeedback } from '../commands/feedback.ts'
import type { Clients } from './clients.ts'

/** What members say of what was written. */
export function addFeedbackCommands(program: Command, { withClient }: Pick<Clients, 'withClient'>): void {
  const feedback = program.command('feedback').description('what people say of texts, which the next writer is told')
  feedback
    .command('list', { isDefault: true })
    .description('the newest hundred')
    .option('--brand <slug>')
    .action((flags: { brand?: string }) => withClient((client, terminal) => listFeedback(client, terminal, flags)))
  feedback
    .command('give')
    .description('say what is good or bad of a piece of content, or of an answer in a conversation')
    .option('--content <id>')
    .option('--message <id>')
    .addOption(new Option('--verdict <verdict>').choices(['up', 'down']).makeOptionMandatory())
    .option('--remark <text>', 'what should be different, or stay so')
    .action((flags: GiveFlags) => withClient((client, terminal) => giveFeedback(client, terminal, flags)))
  feedback
    .command('withdraw')
    .description('take it back')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => withdrawFeedback(client, terminal, id)))
}
