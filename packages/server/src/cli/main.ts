import { argv, env, exit, stderr, stdout } from 'node:process'
import { Command } from 'commander'
import { type Config, parseConfig } from '../base/config.ts'
import { NeonHubError, recordError } from '../base/errors.ts'
import type { ApiClient } from './client.ts'
import { addDatabaseCommands } from './commands/db.ts'
import { addDataCommands } from './commands/db-data.ts'
import { addPeopleCommands } from './commands/people.ts'
import { addUserCommands } from './commands/users.ts'
import { connect, type RemoteServer } from './connect.ts'
import { formatError } from './print/error.ts'
import { addAgentCommands } from './program/agent-commands.ts'
import { addBudgetCommands } from './program/budget-commands.ts'
import { addLimitCommands } from './program/limit-commands.ts'
import { addCatalogueCommands } from './program/catalogue-commands.ts'
import { addEvalCommands } from './program/eval-commands.ts'
import { addFeedbackCommands } from './program/feedback-commands.ts'
import { addMemberCommands } from './program/member-commands.ts'
import type { ClientWork } from './program/clients.ts'
import { addConversationCommands } from './program/conversation-commands.ts'
import { addMetricCommands } from './program/metric-commands.ts'
import { addMemoryCommands } from './program/memory-commands.ts'
import { addModelCommands } from './program/model-commands.ts'
import { addRunCommands } from './program/run-commands.ts'
import { addNotificationCommands } from './program/notification-commands.ts'
import { addScheduleCommands } from './program/schedule-commands.ts'
import { addTaskCommands } from './program/task-commands.ts'
import { addVoiceCommands } from './program/voice-commands.ts'
import { addWebhookCommands } from './program/webhook-commands.ts'
import { createTerminal, type Terminal } from './terminal.ts'

// The composition root: the one place that reads the environment and the arguments.

const program = new Command('neonhub')
  .description('AI agents for marketing teams, every step on record')
  .option('--json', 'print results as JSON; the last line is the result')
  .option('--organization <slug>', 'act for this client, where there are several (NEONHUB_ORGANIZATION)')
  .option('--verbose', 'show where an error comes from')
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('  hint: add --help to see what it takes')
  .exitOverride((error) => exit(error.exitCode === 0 ? 0 : 2))

const isVerbose = () => program.opts<{ verbose?: boolean }>().verbose ?? false
const openTerminal = () => createTerminal({ json: program.opts<{ json?: boolean }>().json ?? false })

const readOrganization = () =>
  program.opts<{ organization?: string }>().organization ?? (env['NEONHUB_ORGANIZATION'] || undefined)

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

/** Runs a command with the API open, and closes it whatever happens. `false` is a bad end that was shown already. */
async function withClient(work: ClientWork, { worksQueue = false } = {}): Promise<void> {
  const client = await connect(parseConfig(env), { remote: readRemote(), organization: readOrganization(), worksQueue })
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

const clients = { withClient, withWorker }
addRunCommands(program, clients)
addEvalCommands(program, clients)
addCatalogueCommands(program, clients)
addAgentCommands(program, clients)
addNotificationCommands(program, clients)
addScheduleCommands(program, clients)
addWebhookCommands(program, clients)
addMemberCommands(program, clients)
addBudgetCommands(program, clients)
addLimitCommands(program, clients)
addModelCommands(program, clients)
addMetricCommands(program, clients)
addFeedbackCommands(program, clients)
addConversationCommands(program, clients)
addMemoryCommands(program, clients)
addTaskCommands(program, clients)
addVoiceCommands(program, clients)

const operator = { readConfig: () => parseConfig(env), openTerminal }
const database = program.command('db').description('look after the database itself')
addDatabaseCommands(database, operator)
addDataCommands(database, operator)
addUserCommands(program.command('users').description('help people who cannot sign in'), operator)

addPeopleCommands(program, { database, withClient })

// The reader of a pipe has seen enough: `neonhub runs | head` is no failure.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') exit(0)
  throw error
})

/** The database's room takes a while to load, which only a failure that is not told yet is worth. */
async function explain(failure: unknown): Promise<unknown> {
  if (failure instanceof NeonHubError) return failure
  const { explainFullDisk } = await import('../db/index.ts')
  return explainFullDisk(failure) ?? failure
}

try {
  await program.parseAsync(argv)
} catch (failure) {
  const error = await explain(failure)
  stderr.write(`${formatError(error, { verbose: isVerbose() })}\n`)
  // A program reads standard output, and finds there why there is no result.
  if (program.opts<{ json?: boolean }>().json) {
    const issues = error instanceof NeonHubError && error.issues.length > 0 ? { issues: error.issues } : {}
    stdout.write(`${JSON.stringify({ error: { ...recordError(error), ...issues } })}\n`)
  }
  process.exitCode = 1
}
// A reader that is slow still gets all of it: a socket takes some 150 kB, and what waits behind is lost with the process.
for (const stream of [stdout, stderr]) await new Promise<void>((resolve) => void stream.write('', () => resolve()))
// What a library left open must not hold a command that is over.
exit(process.exitCode ?? 0)
