import { type Command, InvalidArgumentError } from 'commander'
import { activateVersion, cancelJob, listJobs, listVersions, showVersion, tuneVoice } from '../commands/voice.ts'
import type { Clients } from './clients.ts'

function parseSeed(text: string): number {
  const seed = Number(text)
  if (/^\d{1,10}$/.test(text) && seed <= 2_147_483_647) return seed
  throw new InvalidArgumentError('It must be a whole number from 0 to 2147483647.')
}

const collect = (value: string, before: readonly string[] | undefined) => [...(before ?? []), value]

/** A brand's voice, learned from its own texts: tried, compared, used, and taken back. */
export function addVoiceCommands(program: Command, { withClient, withWorker }: Clients): void {
  const voice = program.command('voice').description('a brand’s voice, learned from what it has published')
  voice
    .command('tune')
    .description('learn it from the brand’s documents and approved content; nothing uses it before you activate it')
    .argument('<slug>', 'the brand')
    .option('--dataset <source>', 'what was imported from there alone, or a dataset’s id; may be given again', collect)
    .option('--no-approved-content', 'leave out what agents wrote and people approved')
    .option('--seed <number>', 'decides which texts are held out', parseSeed, 1)
    .action((brand: string, options: { dataset?: readonly string[]; approvedContent: boolean; seed: number }) =>
      withWorker((client, terminal) => tuneVoice(client, terminal, { brand, ...options })),
    )
  voice
    .command('jobs')
    .description('which voices were asked to be learned')
    .argument('[slug]', 'of this brand alone')
    .action((brand: string | undefined) => withClient((client, terminal) => listJobs(client, terminal, brand)))
  voice
    .command('cancel')
    .description('call a job off')
    .argument('<job>')
    .action((id: string) => withClient((client, terminal) => cancelJob(client, terminal, id)))
  voice
    .command('versions')
    .description('the versions of a brand’s voice, with how each compared')
    .argument('<slug>', 'the brand')
    .action((brand: string) => withClient((client, terminal) => listVersions(client, terminal, brand)))
  voice
    .command('show')
    .description('what a version learned')
    .argument('<version>')
    .action((id: string) => withClient((client, terminal) => showVersion(client, terminal, id)))
  voice
    .command('activate')
    .description('have agents speak by a version, also by an earlier one')
    .argument('<version>')
    .action((id: string) => withClient((client, terminal) => activateVersion(client, terminal, id)))
}
