import { type RunDetail, type RunPriority, type RunScore, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { NeonHubError } from '../../base/errors.ts'
import type { ApiClient } from '../client.ts'
import { followRun } from '../follow-run.ts'
import { formatPreview } from '../print/preview.ts'
import { formatStatus, formatTable, plainText } from '../print/format.ts'
import { flattenRuns, formatTrace } from '../print/trace-tree.ts'
import { readYamlFile } from '../read-yaml-file.ts'
import type { Terminal } from '../terminal.ts'
import { writeContent, type WrittenContent } from '../write-content.ts'

export interface RunOptions {
  readonly agent: string
  readonly intent: string
  readonly brand: string | undefined
  /** A YAML or JSON file; `-` is standard input; absent, an empty input. */
  readonly input: string | undefined
  readonly approveAll: boolean
  readonly tryDrafts: boolean
  readonly priority?: RunPriority | undefined
  readonly dryRun: boolean
  readonly stubReads: boolean
  readonly out: string | undefined
  readonly idempotencyKey: string | undefined
}

/** Starts a run, follows it until it rests, and shows it. Returns whether it came to a good end or waits for a person. */
export async function runAgent(client: ApiClient, terminal: Terminal, options: RunOptions): Promise<boolean> {
  const input = options.input === undefined ? {} : await readInput(options.input)
  const { id } = await client.call(routes.startRun, {
    headers: options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey },
    body: {
      agent: options.agent,
      intent: options.intent,
      input,
      approveAll: options.approveAll,
      tryDrafts: options.tryDrafts,
      ...(options.priority === undefined ? {} : { priority: options.priority }),
      ...(options.dryRun ? { dryRun: true, stubReads: options.stubReads } : {}),
      ...(options.brand === undefined ? {} : { brand: options.brand }),
    },
  })
  terminal.note(`Run ${pc.bold(id)}`)
  const run = await followRun(client, id, terminal.note)
  return showRun(client, terminal, { run, out: options.out })
}

/** Shows a run that rests: its trace, its content, and what a person does next. */
export async function showRun(
  client: ApiClient,
  terminal: Terminal,
  {
    run,
    out,
    scores = [],
  }: { readonly run: RunDetail; readonly out: string | undefined; readonly scores?: readonly RunScore[] },
): Promise<boolean> {
  const content = await writeContent(run, out)
  const isGood = run.status === 'succeeded' || run.status === 'waiting'
  if (terminal.isJson) {
    terminal.print(JSON.stringify({ ...summarize(run, content), ...(scores.length > 0 && { scores }) }))
    return isGood
  }
  terminal.print(`\n${formatTrace(run)}`)
  if (run.dryRun) terminal.print(formatSimulated(run))
  for (const { id, kind, title, path } of content) {
    terminal.print(`${pc.dim(kind.padEnd(14))} ${title}${pc.dim(`  ${path ?? id}`)}`)
  }
  if (content.length > 0 && out === undefined) terminal.print(pc.dim('Add --out DIR to have these as files.'))
  if (scores.length > 0) terminal.print(formatScores(scores))
  terminal.print(await nextStep(client, run))
  return isGood
}

/** What would have left, as a person would have been shown it. What the run wrote here is taken back, so there is no other. */
function formatSimulated(run: RunDetail): string {
  const calls = flattenRuns(run).flatMap(({ toolExecutions }) => toolExecutions)
  const simulated = calls.filter(({ status, copied }) => status === 'simulated' && !copied)
  return simulated
    .map(({ tool, preview }) =>
      [`\n${formatStatus('simulated')} ${pc.cyan(tool)}`, ...formatPreview(preview)].join('\n'),
    )
    .join('\n')
}

/** What people made of a run, newest first. */
const formatScores = (scores: readonly RunScore[]) =>
  formatTable([
    ['MARK', 'VALUE', 'STEP', 'BY', ''],
    ...scores.map(({ name, value, stepKey = '', scoredBy, comment }) => [
      plainText(name),
      String(value),
      plainText(stepKey),
      scoredBy,
      plainText(comment).replaceAll(/\s+/g, ' '),
    ]),
  ])

function formatWaits({ id, waits = [] }: RunDetail): string {
  return waits
    .map(({ key, event, until }) =>
      event === undefined
        ? `It waits at “${plainText(key)}” until ${until}.`
        : `It waits at “${plainText(key)}” for ${plainText(event)}, until ${until}: npx neonhub runs signal ${id} ${plainText(event)}`,
    )
    .join('\n')
}

async function nextStep(client: ApiClient, run: RunDetail): Promise<string> {
  switch (run.status) {
    case 'waiting': {
      if (run.waitingFor === 'send_time') return formatSendTime(run)
      if (run.waitingFor === 'budget') return formatBudgetWait(run)
      if (run.waitingFor === 'time' || run.waitingFor === 'event') return formatWaits(run)
      if (run.waitingFor === 'unknown_effect') {
        return 'It is not known whether a call had its effect. Look at the provider, then: neonhub settle ID succeeded|failed'
      }
      const { approvals } = await client.call(routes.listApprovals, { query: { status: 'pending', limit: 100 } })
      const own = approvals.filter(({ runId }) => runId === run.rootRunId)
      const lines = own.map(({ id, preview }) => `  npx neonhub approve ${id}   ${pc.dim(preview.title)}`)
      return ['It waits for your yes:', ...lines, `  npx neonhub approve ${run.id}   ${pc.dim('all of them')}`].join(
        '\n',
      )
    }
    case 'failed':
    case 'needs_attention':
      return [run.error?.hint, `Go on with it: npx neonhub runs resume ${run.id}`].filter(Boolean).join('\n')
    default:
      return pc.dim(`npx neonhub runs show ${run.id}`)
  }
}

function formatSendTime(run: RunDetail): string {
  const times = flattenRuns(run).flatMap(({ toolExecutions }) => toolExecutions.map(({ notBefore }) => notBefore))
  const [first] = times.filter((time) => time !== undefined).toSorted()
  return [
    `It goes on by itself${first === undefined ? '' : ` at ${first}`}, where a server is running: its organization’s policy lets its calls go then.`,
    `  npx neonhub policy show ${run.agent}   ${pc.dim('what holds them')}`,
  ].join('\n')
}

function formatBudgetWait(run: RunDetail): string {
  const waits = flattenRuns(run).flatMap(({ budgetWait, toolExecutions }) => [
    budgetWait,
    ...toolExecutions.filter(({ notBefore }) => notBefore !== undefined).map(({ error }) => error),
  ])
  const first = waits.find((error) => error !== undefined)
  return [
    `It waits for a budget: ${first?.message ?? 'one that is spent'}.`,
    first?.hint ?? '',
    `  npx neonhub budgets list   ${pc.dim('what is left')}`,
  ].join('\n')
}

/** The run as one JSON object, for programs. */
export function summarize(run: RunDetail, content: readonly WrittenContent[]) {
  const runs = flattenRuns(run)
  const sum = (pick: (one: RunDetail) => number) => runs.reduce((total, one) => total + pick(one), 0)
  return {
    runId: run.id,
    status: run.status,
    ...(run.waitingFor === undefined ? {} : { waitingFor: run.waitingFor }),
    ...(run.error === undefined ? {} : { error: run.error }),
    ...(run.dryRun ? { dryRun: true, output: run.output } : {}),
    ...(run.forkedFromRunId === undefined ? {} : { forkedFromRunId: run.forkedFromRunId }),
    ...(run.forkedFromStep === undefined ? {} : { forkedFromStep: run.forkedFromStep }),
    steps: sum(({ steps }) => steps.length),
    llmCalls: sum(({ llmCalls }) => llmCalls.length),
    toolExecutions: runs.flatMap(({ toolExecutions }) =>
      toolExecutions.map(({ id, tool, status, approvalId }) => ({ id, tool, status, approvalId })),
    ),
    tokens: { input: run.totalInputTokens, output: run.totalOutputTokens },
    costMicros: run.totalCostMicros,
    sandbox: run.sandbox,
    models: [
      ...new Set(runs.flatMap(({ llmCalls }) => llmCalls.map((call) => `${call.provider}:${call.requestedModel}`))),
    ],
    content,
    durationMs: run.durationMs ?? Date.now() - Date.parse(run.startedAt ?? run.createdAt),
  }
}

const inputHint = 'See examples/pinwright/brief.yaml for one that works.'

/** What a file holds as an input; `-` is standard input. Throws `cli.file_unreadable`. */
export async function readInput(path: string): Promise<Record<string, unknown>> {
  const value = await readYamlFile(path, { hint: inputHint })
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new NeonHubError('cli.file_unreadable', `${path} must hold an object with the input's fields`, {
    kind: 'invalid',
    hint: inputHint,
  })
}
