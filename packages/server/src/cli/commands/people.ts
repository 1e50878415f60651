import { ObjectiveState } from '@neonhub/contract'
import type { Command } from 'commander'
import { Option } from 'commander'
import type { ApiClient } from '../client.ts'
import type { Terminal } from '../terminal.ts'
import { erasePerson, exportPerson } from './people-rights.ts'
import { addObjective, setObjectiveState } from './people-objectives.ts'
import {
  addNote,
  importPeople,
  listPeople,
  recordConsent,
  setPolicy,
  showPerson,
  showPolicy,
  suppress,
  unsuppress,
} from './people-work.ts'

type WithClient = (work: (client: ApiClient, terminal: Terminal) => Promise<boolean | void>) => Promise<void>

const channelOption = () =>
  new Option('--channel <channel>', 'how the address is written to; told by its look where absent').choices([
    'email',
    'sms',
    'whatsapp',
  ])

/** The commands about people, below `neonhub people`, and `erase` below `neonhub db`. */
export function addPeopleCommands(
  program: Command,
  { database, withClient }: { readonly database: Command; readonly withClient: WithClient },
): void {
  const people = program.command('people').description('whom you write to, and what they agreed to')
  addReading(people, withClient)
  addWriting(people, withClient)
  addObjectives(people, withClient)
  addSuppressing(people, withClient)
  database
    .command('erase')
    .description('erase everything about a person, for good (GDPR), and keep a receipt')
    .requiredOption('--person <address>', 'one of their addresses')
    .addOption(channelOption())
    .action(({ person, channel }: { person: string; channel?: string }) =>
      withClient((client, terminal) => erasePerson(client, terminal, { address: person, channel })),
    )
}

function addReading(people: Command, withClient: WithClient): void {
  people
    .command('list')
    .description('people, newest first')
    .option('--search <text>', 'part of a name or an address')
    .option('--topic <slug>', 'only those who are interested in it')
    .action((filter: { search?: string; topic?: string }) =>
      withClient((client, terminal) => listPeople(client, terminal, filter)),
    )
  people
    .command('show')
    .description('a person with addresses, consents, timeline, notes and objectives')
    .argument('<person>', 'id or address')
    .action((person: string) => withClient((client, terminal) => showPerson(client, terminal, person)))
  people
    .command('export')
    .description('everything about a person as JSON (GDPR)')
    .argument('<address>')
    .addOption(channelOption())
    .action((address: string, { channel }: { channel?: string }) =>
      withClient((client, terminal) => exportPerson(client, terminal, { address, channel })),
    )
}

function addWriting(people: Command, withClient: WithClient): void {
  people
    .command('import')
    .description('take in a CSV file: email or phone, name, topics, consent, consent_evidence, …')
    .argument('<file>')
    .action((file: string) => withClient((client, terminal) => importPeople(client, terminal, file)))
  people
    .command('consent')
    .description('put on record what a person agreed to, or no longer does')
    .argument('<address>', 'the address that they agreed for')
    .addOption(channelOption())
    .addOption(
      new Option('--purpose <purpose>', 'what the messages are for')
        .choices(['marketing', 'transactional'])
        .default('marketing'),
    )
    .addOption(
      new Option('--status <status>', 'what they said')
        .choices(['granted', 'revoked', 'denied', 'pending'])
        .makeOptionMandatory(),
    )
    .option('--evidence <text>', 'when and how they said so; granted needs it')
    .action((address: string, consent: ConsentFlags) =>
      withClient((client, terminal) => recordConsent(client, terminal, { ...consent, address })),
    )
  people
    .command('note')
    .description('add a note on a person')
    .argument('<person>', 'id or address')
    .argument('<text>')
    .action((person: string, text: string) =>
      withClient((client, terminal) => addNote(client, terminal, { person, text })),
    )
  people
    .command('policy')
    .description('what becomes of marketing to addresses that are nobody’s in people')
    .addArgument(people.createArgument('[choice]', 'refuse, or allow').choices(['refuse', 'allow']))
    .action((choice: 'refuse' | 'allow' | undefined) =>
      withClient((client, terminal) =>
        choice === undefined ? showPolicy(client, terminal) : setPolicy(client, terminal, choice),
      ),
    )
}

function addObjectives(people: Command, withClient: WithClient): void {
  people
    .command('objective')
    .description('set what you want to come to with a person')
    .argument('<person>', 'id or address')
    .argument('<text>', 'at most 500 characters, such as "Win back"')
    .option('--due <day>', 'by when, such as 2027-03-31')
    .action((person: string, text: string, { due }: { due?: string }) =>
      withClient((client, terminal) => addObjective(client, terminal, { person, text, due })),
    )
  people
    .command('objective-state')
    .description('say that an objective is reached or dropped, or open it again')
    .argument('<objective>', 'its id, which people show tells')
    .addArgument(people.createArgument('<state>', 'what became of it').choices(ObjectiveState.options))
    .action((id: string, state: ObjectiveState) =>
      withClient((client, terminal) => setObjectiveState(client, terminal, { id, state })),
    )
}

interface ConsentFlags {
  readonly channel?: string
  readonly purpose: string
  readonly status: string
  readonly evidence?: string
}

function addSuppressing(people: Command, withClient: WithClient): void {
  people
    .command('suppress')
    .description('stop everything that goes to an address, whatever its spelling')
    .argument('<address>')
    .addOption(channelOption())
    .option('--reason <text>', 'why')
    .action((address: string, options: { channel?: string; reason?: string }) =>
      withClient((client, terminal) => suppress(client, terminal, { ...options, address })),
    )
  people
    .command('unsuppress')
    .description('let an address be written to again, as far as its consents allow')
    .argument('<address>')
    .action((address: string) => withClient((client, terminal) => unsuppress(client, terminal, address)))
}
