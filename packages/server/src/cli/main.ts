import { argv, env, exit, stderr, stdout } from 'node:process'
import { RunStatus } from '@neonhub/contract'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type Config, parseConfig } from '../base/config.ts'
import { NeonHubError, recordError } from '../base/errors.ts'
import type { ApiClient } from './client.ts'
import { importBrand, listBrands, printImport } from './commands/brand.ts'
import {
  addConnection,
  checkConnection,
  createKey,
  listAgents,
  listConnections,
  listKeys,
  revokeKey,
  updateConnection,
} from './commands/catalogue.ts'
import { addDatabaseCommands } from './commands/db.ts'
import { runAgent } from './commands/run.ts'
import { cancelRun, decide, listApprovals, listRuns, resumeRun, settle, showRunById } from './commands/runs.ts'
import { addUserCommands } from './commands/users.ts'
import { connect, type RemoteServer } from './connect.ts'
import { formatError } from './print/error.ts'
import { createTerminal, type Terminal } from './terminal.ts'

// The composition root: the one place that reads the environment and the arguments.

const program = new Command('neonhub')
  .description('AI agents for marketing teams, every step on record')
  .option('--json', 'print results as JSON; the last line is the result')
  .option('--verbose', 'show where an error comes from')
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('  hint: add --help to see what it takes')
  .exitOverride((error) => exit(error.exitCode === 0 ? 0 : 2))

const isVerbose = () => program.opts<{ verbose?: boolean }>().verbose ?? false
const openTerminal = () => createTerminal({ json: program.opts<{ json?: boolean }>().json ?? false })

function readRemote(): RemoteServer | undefined {
  const { NEONHUB_URL: url, NEONHUB_API_KEY: apiKey } = env
  if (url === undefined || url === '') return undefined
  if (!URL.canParse(url) || !/^https?:/i.test(url)) {
    throw new NeonHubError('cli.url_invalid', `NEONHUB_URL is "${url}", which is no web address`, {
      kind: 'invalid',
      hint: 'Give the whole address, such as https://hub.example.com, or unset it.',
    })
  }
  if (apiKey) return { url, apiKey }
  throw new NeonHubError('cli.api_key_missing', 'NEONHUB_URL is set, but NEONHUB_API_KEY is not', {
    kind: 'invalid',
    hint: 'Make a key on that server with neonhub keys create, or unset NEONHUB_URL.',
  })
}

const longestStopMs = 20_000

type ClientWork = (client: ApiClient, terminal: Terminal) => Promise<boolean | void>

/** Runs a command with the API open, and closes it whatever happens. `false` is a bad end that was shown already. */
async function withClient(work: ClientWork, { worksQueue = false } = {}): Promise<void> {
  const client = await connect(parseConfig(env), { remote: readRemote(), worksQueue })
  const terminal = openTerminal()
  const onInterrupt = () => void interrupt(client, terminal)
  process.once('SIGINT', onInterrupt)
  try {
    if ((await work(client, terminal)) === false) process.exitCode = 1
  } finally {
    process.off('SIGINT', onInterrupt)
    await client.close()
  }
}

/** Lets go of what is in hand, so that whoever comes next need not wait for a lease; a second signal does not wait. */
async function interrupt(client: ApiClient, terminal: Terminal): Promise<never> {
  process.once('SIGINT', () => exit(interruptedCode))
  terminal.note('Interrupted. What was begun stands, and goes on where a server or the next command works the queue:')
  terminal.note('  npx neonhub runs                     what the agents did')
  terminal.note('  npx neonhub runs resume ID           go on with one')
  setTimeout(() => exit(interruptedCode), longestStopMs)
  await client.close()
  exit(interruptedCode)
}

/** 128 and the signal's number, as shells have it. */
const interruptedCode = 130

/** Likewise for a command that waits for runs: without a server they are worked here meanwhile. */
const withWorker = (work: ClientWork) => withClient(work, { worksQueue: true })

/** Serves until the process is told to stop; a second signal does not wait. */
async function serve(config: Config, parts: { demo: boolean; worker: boolean; api: boolean }): Promise<void> {
  const terminal = openTerminal()
  const { start } = await import('./commands/start.ts')
  const server = await start(config, terminal, parts)
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => exit(1))
        terminal.note('Stopping …')
        resolve()
      })
    }
  })
  // A queue or database that is gone could hold the end up for ever; what it held, its lease gives back.
  const slow = setTimeout(() => {
    terminal.note('Something does not answer, so it stops without it. What ran goes on at the next start.')
    exit(1)
  }, longestStopMs)
  await server.close()
  clearTimeout(slow)
}

/** A command line's number, from 1 on. */
function parseCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0) return count
  throw new InvalidArgumentError('It must be a whole number from 1 on.')
}

program
  .command('start')
  .description('open everything in one process and serve the screen')
  .option('--no-demo', 'start without the example')
  .action(({ demo }: { demo: boolean }) => serve(parseConfig(env), { demo, worker: true, api: true }))

program
  .command('api')
  .description('serve API and screen without working the queue')
  .action(() => serve(parseConfig(env), { demo: false, worker: false, api: true }))

program
  .command('worker')
  .description('work the queue without serving')
  .action(() => serve(parseConfig(env), { demo: false, worker: true, api: false }))

program
  .command('run')
  .description('ask an agent, and follow it to its end')
  .argument('<agent>', 'for example CampaignAgent')
  .argument('<intent>', 'for example launch-campaign')
  .option('--brand <slug>', 'the brand to speak for')
  .option('--input <file>', 'YAML or JSON with the input; - reads standard input')
  .option('--approve-all', 'say yes beforehand to everything that would wait for an approval')
  .option('--out <dir>', 'write the content there, as files')
  .option('--key <key>', 'idempotency key: the same key with the same request starts one run')
  .action((agent: string, intent: string, options: RunFlags) =>
    withWorker((client, terminal) =>
      runAgent(client, terminal, {
        agent,
        intent,
        brand: options.brand,
        input: options.input,
        approveAll: options.approveAll ?? false,
        out: options.out,
        idempotencyKey: options.key,
      }),
    ),
  )

interface RunFlags {
  readonly brand?: string
  readonly input?: string
  readonly approveAll?: boolean
  readonly out?: string
  readonly key?: string
}

const runs = program
  .command('runs')
  .description('list runs, newest first')
  .addOption(new Option('--status <status>', 'only those').choices(RunStatus.options))
  .option('--limit <number>', 'how many, at most 100', parseCount, 20)
  .action(({ status, limit }: { status?: string; limit: number }) =>
    withClient((client, terminal) => listRuns(client, terminal, { status, limit })),
  )
runs
  .command('show')
  .description('a run as a tree, with its content')
  .argument('<id>')
  .option('--out <dir>', 'write the content there, as files')
  .action((id: string, { out }: { out?: string }) =>
    withClient((client, terminal) => showRunById(client, terminal, { id, out })),
  )
runs
  .command('resume')
  .description('go on with a run that failed or lost its process; finished steps keep their results')
  .argument('<id>')
  .action((id: string) => withWorker((client, terminal) => resumeRun(client, terminal, id)))
runs
  .command('cancel')
  .description('stop a run and its children')
  .argument('<id>')
  .action((id: string) => withWorker((client, terminal) => cancelRun(client, terminal, id)))

program
  .command('approvals')
  .description('what waits for a person')
  .addOption(
    new Option('--status <status>', 'pending, approved, denied, expired or used')
      .choices(['pending', 'approved', 'denied', 'expired', 'used'])
      .default('pending'),
  )
  .action(({ status }: { status: string }) =>
    withClient((client, terminal) => listApprovals(client, terminal, { status })),
  )

for (const [name, approve] of [
  ['approve', true],
  ['deny', false],
] as const) {
  program
    .command(name)
    .description(`say ${approve ? 'yes' : 'no'} to an approval, or to all of a run`)
    .argument('<id...>', 'ids of approvals or of runs')
    .option('--note <text>', 'why')
    .action((ids: string[], { note }: { note?: string }) =>
      withWorker((client, terminal) => decide(client, terminal, { ids, approve, note })),
    )
}

program
  .command('settle')
  .description('say what became of a call whose outcome is unknown')
  .argument('<id>', 'id of the tool execution')
  .addArgument(program.createArgument('<outcome>').choices(['succeeded', 'failed']))
  .option('--note <text>', 'how you know')
  .action((id: string, outcome: 'succeeded' | 'failed', { note }: { note?: string }) =>
    withClient((client, terminal) => settle(client, terminal, { id, outcome, note })),
  )

const brand = program.command('brand').description('brands and their documents')
brand
  .command('import')
  .description('import a folder of Markdown, HTML or text, or the address of a sitemap or feed')
  .argument('<source>')
  .option('--slug <slug>', 'name the brand so')
  .action((source: string, { slug }: { slug?: string }) =>
    withClient(async (client, terminal) =>
      printImport(terminal, await importBrand(client, terminal, { source, slug })),
    ),
  )
brand
  .command('list')
  .description('every brand')
  .action(() => withClient((client, terminal) => listBrands(client, terminal)))

program
  .command('agents')
  .description('the agents and what each can be asked')
  .action(() => withClient((client, terminal) => listAgents(client, terminal)))

const connections = program
  .command('connections')
  .description('accounts at outside services')
  .action(() => withClient((client, terminal) => listConnections(client, terminal)))
connections
  .command('add')
  .description('connect an account; without --file, a sandbox')
  .argument('<name>', 'what briefs call it')
  .requiredOption('--connector <id>', 'email, slack or webhook')
  .option('--file <file>', 'YAML or JSON with settings and credentials')
  .action((name: string, { connector, file }: { connector: string; file?: string }) =>
    withClient((client, terminal) => addConnection(client, terminal, { name, connector, file })),
  )
connections
  .command('update')
  .description('set a connection anew, as with a new token; without --file, a sandbox')
  .argument('<id>')
  .option('--file <file>', 'YAML or JSON with settings and credentials')
  .action((id: string, { file }: { file?: string }) =>
    withClient((client, terminal) => updateConnection(client, terminal, { id, file })),
  )
connections
  .command('check')
  .description('ask the provider whether a connection works')
  .argument('<id>')
  .action((id: string) => withClient((client, terminal) => checkConnection(client, terminal, id)))

const keys = program
  .command('keys')
  .description('API keys for programs')
  .action(() => withClient((client, terminal) => listKeys(client, terminal)))
keys
  .command('create')
  .description('make a key and show it once')
  .argument('<name>')
  .option('--scope <scope...>', 'what it may do; all where absent')
  .action((name: string, { scope }: { scope?: string[] }) =>
    withClient((client, terminal) => createKey(client, terminal, { name, scopes: scope ?? [] })),
  )
keys
  .command('revoke')
  .description('end a key for good')
  .argument('<id>')
  .action((id: string) => withClient((client, terminal) => revokeKey(client, terminal, id)))

const operator = { readConfig: () => parseConfig(env), openTerminal }
const database = program.command('db').description('look after the database itself')
addDatabaseCommands(database, operator)
addUserCommands(program.command('users').description('help people who cannot sign in'), operator)

// The reader of a pipe has seen enough: `neonhub runs | head` is no failure.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') exit(0)
  throw error
})

try {
  await program.parseAsync(argv)
} catch (error) {
  stderr.write(`${formatError(error, { verbose: isVerbose() })}\n`)
  // A program reads standard output, and finds there why there is no result.
  if (program.opts<{ json?: boolean }>().json) {
    const issues = error instanceof NeonHubError && error.issues.length > 0 ? { issues: error.issues } : {}
    stdout.write(`${JSON.stringify({ error: { ...recordError(error), ...issues } })}\n`)
  }
  process.exitCode = 1
}
// What a library left open must not hold a command that is over.
exit(process.exitCode ?? 0)
