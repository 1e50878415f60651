import {
  type ComparedPiece,
  type ComparedSide,
  type PromptOverride,
  type RunComparison,
  routes,
} from '@neonhub/contract'
import pc from 'picocolors'
import { NeonHubError } from '../../base/errors.ts'
import type { ApiClient } from '../client.ts'
import { followRun } from '../follow-run.ts'
import { parseId } from '../parse-id.ts'
import { costOf, formatCost, formatDuration, formatStatus, formatTable, plainText } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'
import { readInput, showRun } from './run.ts'

export interface ForkOptions {
  readonly id: string
  readonly from: string | undefined
  readonly model: string | undefined
  /** `KEY=VERSION`, or `AGENT/INTENT/KEY=VERSION` for another agent of the tree. */
  readonly prompts: readonly string[]
  readonly input: string | undefined
  readonly live: boolean
  readonly stubReads: boolean
  readonly out: string | undefined
  readonly idempotencyKey: string | undefined
}

/** Makes a run of another one, follows it until it rests, and shows it. Returns whether it came to a good end. */
export async function forkRun(client: ApiClient, terminal: Terminal, options: ForkOptions): Promise<boolean> {
  const { from, model, live, stubReads, out, idempotencyKey } = options
  const params = { id: parseId(options.id) }
  const source = await client.call(routes.getRun, { params })
  const prompts = options.prompts.map((text) => parsePrompt(text, source))
  const input = options.input === undefined ? undefined : await readInput(options.input)
  const { id } = await client.call(routes.forkRun, {
    params,
    headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
    body: {
      ...(from === undefined ? {} : { from }),
      ...(model === undefined ? {} : { model }),
      ...(prompts.length === 0 ? {} : { prompts }),
      ...(input === undefined ? {} : { input }),
      dryRun: !live,
      ...(stubReads ? { stubReads } : {}),
    },
  })
  terminal.note(`Run ${pc.bold(id)}`)
  const run = await followRun(client, id, terminal.note)
  const isGood = await showRun(client, terminal, { run, out })
  if (!terminal.isJson) terminal.print(pc.dim(`npx neonhub compare ${source.id} ${id}`))
  return isGood
}

const promptForm = /^(?:(?<agent>\w+)\/(?<intent>[\w-]+)\/)?(?<key>.+)=(?<version>\d{1,9})$/s

function parsePrompt(text: string, run: { readonly agent: string; readonly intent: string }): PromptOverride {
  const parts = promptForm.exec(text)?.groups
  if (parts?.['key'] === undefined) {
    throw new NeonHubError('cli.prompt_invalid', `"${text}" names no version of a prompt`, {
      kind: 'invalid',
      hint: 'Name it as KEY=VERSION, or AGENT/INTENT/KEY=VERSION; neonhub prompts list shows the keys. Version 0 is the code’s.',
    })
  }
  const { agent = run.agent, intent = run.intent, key, version } = parts
  return { agent, intent, key, version: Number(version) }
}

/** Shows two runs side by side; one alone beside the run that it was made of. */
export async function compareRuns(
  client: ApiClient,
  terminal: Terminal,
  { id, fork }: { readonly id: string; readonly fork: string | undefined },
): Promise<void> {
  const comparison = await client.call(
    routes.compareRuns,
    fork === undefined
      ? { params: { id: parseId(id) }, query: {} }
      : { params: { id: parseId(fork) }, query: { with: parseId(id) } },
  )
  terminal.print(terminal.isJson ? JSON.stringify(comparison) : formatComparison(comparison))
}

function formatComparison({ original, fork, inputChanges, outputChanges, pieces }: RunComparison): string {
  const columns = [original, fork]
  const facts = [
    ['', ...columns.map(({ id }) => id)],
    ['status', ...columns.map(({ status }) => formatStatus(status))],
    ['effects', ...columns.map(({ dryRun }) => (dryRun ? 'simulated' : 'real'))],
    ['model', ...columns.map(({ overrides }) => plainText(overrides?.model ?? 'as configured'))],
    ['time', ...columns.map(({ durationMs }) => (durationMs === undefined ? '–' : formatDuration(durationMs)))],
    ['tokens', ...columns.map((run) => (run.totalInputTokens + run.totalOutputTokens).toLocaleString('en'))],
    ['cost', ...columns.map((run) => costOf(run).join('') || formatCost(run.totalCostMicros))],
  ]
  return [
    formatTable(facts),
    '',
    formatTable([['PIECE', 'ORIGINAL', 'FORK'], ...pieces.map(pieceRow)]),
    ...section('Input', inputChanges),
    ...section('Output', outputChanges),
  ].join('\n')
}

const pieceRow = ({ path, tool, original, fork, outputChanges = [] }: ComparedPiece) => [
  `${'  '.repeat(path.length - 1)}${cut(path.at(-1) ?? '', 48)}${tool === undefined ? '' : pc.dim(` ${tool}`)}`,
  formatSide(original),
  [formatSide(fork), ...(outputChanges.length > 0 ? [pc.yellow('differs')] : [])].join(' '),
]

function formatSide(side: ComparedSide | undefined): string {
  if (!side) return pc.dim('–')
  const { status, copied, durationMs, costMicros, simulation } = side
  return [
    ...(copied && status === 'succeeded' ? [] : [formatStatus(status)]),
    ...(copied ? [pc.dim('copied')] : durationMs === undefined ? [] : [pc.dim(formatDuration(durationMs))]),
    ...(costMicros > 0 ? [pc.dim(formatCost(costMicros))] : []),
    ...(simulation?.asksApproval ? [pc.yellow('would ask')] : []),
    ...(simulation?.budget === undefined ? [] : [pc.yellow('no room in a budget')]),
    ...(simulation?.heldUntil === undefined ? [] : [pc.yellow(`would wait until ${simulation.heldUntil}`)]),
  ].join(' ')
}

function section(title: string, changes: RunComparison['outputChanges']): readonly string[] {
  if (changes.length === 0) return ['', `${title}: ${pc.dim('the same')}`]
  const lines = changes.flatMap(({ path, kind, original, fork }) => [
    pc.dim(`  ${cut(path || '(all of it)', 100)}`),
    ...(kind === 'added' ? [] : [pc.red(`  - ${textOf(original)}`)]),
    ...(kind === 'removed' ? [] : [pc.green(`  + ${textOf(fork)}`)]),
  ])
  return ['', `${title}:`, ...lines]
}

const textOf = (value: unknown) => cut(typeof value === 'string' ? value : JSON.stringify(value), 300)

/** Of texts from outside, on one line. */
function cut(text: string, most: number): string {
  const line = plainText(text).replaceAll(/\s+/g, ' ')
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`
}
