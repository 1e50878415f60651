import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Clients } from './clients.ts'

function parseRepeat(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= 20) return count
  throw new InvalidArgumentError('It must be a whole number from 1 to 20.')
}

function parseShare(text: string): number {
  const share = Number(text)
  if (text.trim() !== '' && share >= 0 && share <= 1) return share
  throw new InvalidArgumentError('It must be a number from 0 to 1.')
}

const collect = (value: string, before: readonly string[] | undefined) => [...(before ?? []), value]

const loadEvals = () => import('../commands/evals.ts')
const loadDatasets = () => import('../commands/eval-datasets.ts')

/** What measures a change before it ships. */
export function addEvalCommands(program: Command, { withClient, withWorker }: Clients): void {
  program
    .command('eval')
    .description('ask an agent every case of a data set, measure the answers, and compare with the time before')
    .argument('<dataset>')
    .option('--repeat <number>', 'how often each case is asked', parseRepeat, 1)
    .option('--note <text>', 'what is tried, for the history')
    .option('--prompt <key=text>', 'try a version of a prompt, or the text of a file; may be given again', collect)
    .option('--model <provider:model>', 'ask this one')
    .option('--against <eval>', 'compare with this one; the newest finished one where absent')
    .option('--min-score <share>', 'fail where the mean score is below, from 0 to 1', parseShare)
    .option('--fail-on-worse', 'fail where an evaluator is worse than before by more than chance explains')
    .action((dataset: string, options: object) =>
      withWorker(async (client, terminal) => (await loadEvals()).runEval(client, terminal, { dataset, ...options })),
    )
  addHistoryCommands(program.command('evals').description('data sets of cases, and what was measured'), {
    withClient,
    withWorker,
  })
}

function addHistoryCommands(evals: Command, { withClient }: Clients): void {
  evals
    .option('--dataset <dataset>', 'of this one alone')
    .addOption(new Option('--limit <number>', 'how many').default(20).argParser(parseLimit))
    .action((options: { dataset?: string; limit: number }) =>
      withClient(async (client, terminal) => (await loadEvals()).listEvals(client, terminal, options)),
    )
  evals
    .command('show')
    .description('an eval with every answer, beside an earlier one')
    .argument('<eval>')
    .option('--against <eval>', 'compare with this one; the newest finished one before it where absent')
    .action((id: string, { against }: { against?: string }) =>
      withClient(async (client, terminal) => (await loadEvals()).showEval(client, terminal, { id, against })),
    )
  evals
    .command('cancel')
    .description('call an eval off, with its runs')
    .argument('<eval>')
    .action((id: string) =>
      withClient(async (client, terminal) => (await loadEvals()).cancelEval(client, terminal, id)),
    )
  evals
    .command('datasets')
    .description('every data set')
    .action(() => withClient(async (client, terminal) => (await loadDatasets()).listDatasets(client, terminal)))
  evals
    .command('import')
    .description('make a data set of a YAML or JSON file, or set the evaluators and add the cases of one that is there')
    .argument('<file>', '- is standard input')
    .action((file: string) =>
      withClient(async (client, terminal) => (await loadDatasets()).importDataset(client, terminal, file)),
    )
  evals
    .command('forget')
    .description('forget a data set with its cases and its history')
    .argument('<dataset>')
    .action((slug: string) =>
      withClient(async (client, terminal) => (await loadDatasets()).forgetDataset(client, terminal, slug)),
    )
  addCaseCommands(evals.command('cases').description('what a data set asks'), { withClient })
}

function addCaseCommands(cases: Command, { withClient }: Pick<Clients, 'withClient'>): void {
  cases
    .command('list')
    .description('the data set’s evaluators and cases')
    .argument('<dataset>')
    .action((slug: string) =>
      withClient(async (client, terminal) => (await loadDatasets()).showDataset(client, terminal, slug)),
    )
  cases
    .command('add')
    .description('add the cases of a file (YAML, JSON or JSONL), or an earlier run as a case')
    .argument('<dataset>')
    .argument('[file]', '- is standard input')
    .option('--run <id>', 'take this run’s input')
    .option('--with-output', 'with --run: what it answered is what is expected')
    .option('--name <name>', 'with --run: what the case is called')
    .action((slug: string, file: string | undefined, options: object) =>
      withClient(async (client, terminal) =>
        (await loadDatasets()).addCases(client, terminal, { slug, file, ...options }),
      ),
    )
  cases
    .command('remove')
    .description('take a case out; evals that asked it keep it')
    .argument('<dataset>')
    .argument('<name>')
    .action((slug: string, name: string) =>
      withClient(async (client, terminal) => (await loadDatasets()).removeCase(client, terminal, { slug, name })),
    )
}

function parseLimit(text: string): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit > 0 && limit <= 100) return limit
  throw new InvalidArgumentError('It must be a whole number from 1 to 100.')
}
