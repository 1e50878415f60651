import { RunPriority, RunStatus } from '@neonhub/contract'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { compareRuns, forkRun } from '../commands/forks.ts'
import { runAgent } from '../commands/run.ts'
import {
  cancelRun,
  signalRun,
  decide,
  listApprovals,
  listRuns,
  resumeRun,
  scoreRun,
  settle,
  showRunById,
} from '../commands/runs.ts'
import type { Clients } from './clients.ts'

/** A command line's number, from 1 on. */
export function parseCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0) return count
  throw new InvalidArgumentError('It must be a whole number from 1 on.')
}

interface RunFlags {
  readonly brand?: string
  readonly input?: string
  readonly approveAll?: boolean
  readonly tryDrafts?: boolean
  readonly priority?: RunPriority
  readonly dryRun?: boolean
  readonly stubReads?: boolean
  readonly out?: string
  readonly key?: string
}

interface ForkFlags {
  readonly from?: string
  readonly model?: string
  readonly prompt: readonly string[]
  readonly input?: string
  readonly live?: boolean
  readonly stubReads?: boolean
  readonly out?: string
  readonly key?: string
}

/** An option that may be given again and again. */
const collect = (value: string, before: readonly string[]) => [...before, value]

/** A command line's number from 0 to 1. */
function parseShare(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('It must be a number from 0 to 1.')
}

/** What starts, follows, approves and settles runs. */
export function addRunCommands(program: Command, { withClient, withWorker }: Clients): void {
  program
    .command('run')
    .description('ask an agent, and follow it to its end')
    .argument('<agent>', 'for example CampaignAgent')
    .argument('<intent>', 'for example launch-campaign')
    .option('--brand <slug>', 'the brand to speak for')
    .option('--input <file>', 'YAML or JSON with the input; - reads standard input')
    .option('--approve-all', 'say yes beforehand to everything that would wait for an approval')
    .option('--try-drafts', 'ask the newest drafts of your own prompts')
    .addOption(new Option('--priority <priority>', 'before or after your other runs').choices(RunPriority.options))
    .option('--dry-run', 'simulate every effect: nothing leaves, and nothing is kept of what it writes')
    .option('--stub-reads', 'of a dry run: simulate what it reads, too')
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
          tryDrafts: options.tryDrafts ?? false,
          priority: options.priority,
          dryRun: options.dryRun ?? false,
          stubReads: options.stubReads ?? false,
          out: options.out,
          idempotencyKey: options.key,
        }),
      ),
    )

  program
    .command('fork')
    .description('run again from a step, with recorded results before it; nothing leaves unless --live')
    .argument('<id>', 'the run')
    .option('--from <key>', 'key of the step, call or child run; the start where left out')
    .option('--model <model>', 'ask this one, as provider:model')
    .option('--prompt <key=version>', 'ask this text; AGENT/INTENT/KEY=VERSION of another agent', collect, [])
    .option('--input <file>', 'another input, in YAML or JSON; - reads standard input. Only from the start')
    .addOption(new Option('--dry-run', 'simulate every effect after the step, as it does anyway').conflicts('live'))
    .option('--live', 'let effects after the step leave, approved as in any run')
    .addOption(new Option('--stub-reads', 'simulate what it reads, too').conflicts('live'))
    .option('--out <dir>', 'write the content there, as files')
    .option('--key <key>', 'idempotency key: the same key with the same request makes one run')
    .action((id: string, options: ForkFlags) =>
      withWorker((client, terminal) =>
        forkRun(client, terminal, {
          id,
          from: options.from,
          model: options.model,
          prompts: options.prompt,
          input: options.input,
          live: options.live ?? false,
          stubReads: options.stubReads ?? false,
          out: options.out,
          idempotencyKey: options.key,
        }),
      ),
    )

  program
    .command('compare')
    .description('a run and its fork side by side')
    .argument('<id>', 'the run; its fork where no other is named')
    .argument('[fork]', 'the fork, or any other run')
    .action((id: string, fork: string | undefined) =>
      withClient((client, terminal) => compareRuns(client, terminal, { id, fork })),
    )

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

  runs
    .command('signal')
    .description('tell a run of an event that it waits for')
    .argument('<id>')
    .argument('<name>', 'the event, as the agent’s code calls it')
    .option('--data <json>', 'what the agent is handed')
    .option('--key <text>', 'the same key tells it once')
    .action((id: string, name: string, { data, key }: { data?: string; key?: string }) =>
      withWorker((client, terminal) => signalRun(client, terminal, { id, name, data, key })),
    )

  runs
    .command('score')
    .description('mark a run, or one of its steps')
    .argument('<id>')
    .requiredOption('--value <number>', 'from 0 (bad) to 1 (good)', parseShare)
    .option('--name <text>', 'what is marked', 'quality')
    .option('--comment <text>', 'why', '')
    .option('--step <key>', 'the step that is marked')
    .action((id: string, mark: { value: number; name: string; comment: string; step?: string }) =>
      withClient((client, terminal) => scoreRun(client, terminal, { id, ...mark })),
    )

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
}
