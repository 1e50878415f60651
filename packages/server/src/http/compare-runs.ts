import type { ComparedPiece, ComparedSide, RunComparison, RunDetail } from '@neonhub/contract'
import { compact } from '../base/compact.ts'
import { listJsonChanges } from '../base/json-changes.ts'
import type { ReadOnly } from './read-only.ts'

type Trace = ReadOnly<RunDetail>

/** How many places of an output are told to differ: enough to see that it is another one. */
const mostChanges = 200
const mostChangesOfPiece = 50

/** Two runs piece by piece, in the order of the original, with what only the fork has behind it. */
export function compareRuns(
  original: Trace,
  fork: Trace,
): Pick<ReadOnly<RunComparison>, 'inputChanges' | 'outputChanges' | 'pieces'> {
  return {
    // Somebody chose what is asked, an id too; what comes of it, each run has made.
    inputChanges: listJsonChanges(original.input, fork.input, { limit: mostChanges }),
    outputChanges: listJsonChanges(original.output, fork.output, { limit: mostChanges, ignoresIds: true }),
    pieces: pair(piecesOf(original, []), piecesOf(fork, [])),
  }
}

interface Piece {
  readonly path: string[]
  readonly kind: ComparedPiece['kind']
  readonly tool?: string
  readonly side: ReadOnly<ComparedSide>
  /** What is compared; undefined where there is nothing, or too much for a trace. */
  readonly output?: unknown
}

function pair(original: readonly Piece[], fork: readonly Piece[]): ReadOnly<ComparedPiece>[] {
  const keyOf = ({ kind, path }: Piece) => JSON.stringify([kind, ...path])
  const forks = new Map(fork.map((piece) => [keyOf(piece), piece]))
  const copied = fork.filter(({ side }) => side.copied).map(({ path }) => path)
  // What lies in a child that was copied whole was not asked for again.
  const isInCopied = ({ path }: Piece) =>
    copied.some((above) => above.length < path.length && above.every((key, depth) => path[depth] === key))
  const paired = original
    .filter((piece) => !isInCopied(piece))
    .map((piece) => {
      const other = forks.get(keyOf(piece))
      forks.delete(keyOf(piece))
      const { side, output: _output, ...named } = piece
      return { ...named, original: side, ...(other ? { fork: other.side, ...changesOf(piece, other) } : {}) }
    })
  return [...paired, ...[...forks.values()].map(({ side, output: _output, ...named }) => ({ ...named, fork: side }))]
}

function changesOf(original: Piece, fork: Piece): Pick<ReadOnly<ComparedPiece>, 'outputChanges'> {
  if (fork.side.copied || original.output === undefined || fork.output === undefined) return {}
  return {
    outputChanges: listJsonChanges(original.output, fork.output, { limit: mostChangesOfPiece, ignoresIds: true }),
  }
}

/** What a run has asked for, in the order of its beginnings, each child with what it asked for right behind it. */
function piecesOf(run: Trace, above: readonly string[]): readonly Piece[] {
  const calls = Map.groupBy(run.llmCalls, ({ stepKey }) => stepKey)
  const ownChildren = new Set(run.children.map(({ parentStepKey }) => parentStepKey))
  const groups = [
    ...run.steps
      .filter(({ key }) => !ownChildren.has(key))
      .map((step) => ({ at: step.startedAt, pieces: [stepPiece(step, calls.get(step.key) ?? [], above)] })),
    ...run.toolExecutions.map((call) => ({
      at: call.startedAt ?? call.finishedAt ?? notBegun,
      pieces: [callPiece(call, above)],
    })),
    ...run.children.map((child) => ({
      at: child.startedAt ?? notBegun,
      pieces: [childPiece(child, above), ...piecesOf(child, [...above, child.parentStepKey ?? ''])],
    })),
  ]
  return groups
    .toSorted((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
    .flatMap(({ pieces }) => pieces)
}

/** Sorts after every moment. */
const notBegun = '~'

const free = { costMicros: 0, inputTokens: 0, outputTokens: 0, models: [] }

function stepPiece(step: Trace['steps'][number], calls: Trace['llmCalls'], above: readonly string[]): Piece {
  const sum = (of: (call: Trace['llmCalls'][number]) => number) => calls.reduce((total, call) => total + of(call), 0)
  return {
    path: [...above, step.key],
    kind: step.kind,
    output: step.output,
    side: compact({
      status: step.status,
      copied: step.copied,
      costMicros: sum((call) => call.costMicros),
      inputTokens: sum((call) => call.inputTokens + call.cacheReadTokens + call.cacheWriteTokens),
      outputTokens: sum((call) => call.outputTokens + call.reasoningTokens),
      durationMs: millisecondsBetween(step.startedAt, step.finishedAt),
      models: [...new Set(calls.map((call) => `${call.provider}:${call.answeredModel ?? call.requestedModel}`))],
      error: step.error,
    }),
  }
}

const callPiece = (call: Trace['toolExecutions'][number], above: readonly string[]): Piece => ({
  path: [...above, call.stepKey],
  kind: 'call',
  tool: call.tool,
  // What it sends: its answer is made up in a dry run.
  output: call.preview,
  side: compact({
    ...free,
    status: call.status,
    copied: call.copied,
    durationMs: call.startedAt && call.finishedAt ? millisecondsBetween(call.startedAt, call.finishedAt) : undefined,
    preview: call.preview,
    simulation: call.simulation,
    error: call.error,
  }),
})

const childPiece = (child: Trace, above: readonly string[]): Piece => ({
  path: [...above, child.parentStepKey ?? ''],
  kind: 'child',
  output: child.output,
  side: compact({
    status: child.status,
    costMicros: child.totalCostMicros,
    inputTokens: child.totalInputTokens,
    outputTokens: child.totalOutputTokens,
    durationMs: child.durationMs,
    models: [],
    error: child.error,
  }),
})

const millisecondsBetween = (from: string, to: string) => Math.max(0, Date.parse(to) - Date.parse(from))
