import type { LlmCall, RunDetail, RunStep, ToolExecution } from '@neonhub/contract'
import { isSandboxCall } from '../format/cost.ts'

/** One row of a trace. A step that made exactly one call, or one child run, shares its row with it. */
export interface TraceNode {
  /** Stays the same while the run goes on, so that what is open and selected stays so. */
  readonly id: string
  readonly kind: 'run' | 'step' | 'llm' | 'tool'
  readonly title: string
  /** What did the work: a model, a tool, an agent's intent. */
  readonly worker: string | undefined
  readonly status: string
  /** Milliseconds since the epoch; undefined for what has not begun. */
  readonly startedAt: number | undefined
  /** Undefined for what has not begun or is still under way. */
  readonly finishedAt: number | undefined
  /** Input and output tokens, child rows included. */
  readonly tokens: number
  /** Child rows included. */
  readonly costMicros: number
  readonly currency: string | undefined
  /** Every model call in it was answered by the sandbox. Undefined where there was none that tells. */
  readonly sandbox: boolean | undefined
  readonly children: readonly TraceNode[]
  /** The run whose journal holds the step. */
  readonly inRunId?: string
  readonly run?: RunDetail
  readonly step?: RunStep
  readonly llmCall?: LlmCall
  readonly toolExecution?: ToolExecution
}

/** Builds the tree of a run: its steps, the calls within each, and child runs where they were started. */
export function buildTrace(run: RunDetail): TraceNode {
  const children = [
    ...run.steps.map((step) => stepNode(run, step)),
    ...openSteps(run),
    ...run.llmCalls.filter((call) => call.stepKey === undefined).map(llmNode),
  ].toSorted(byStart)
  return {
    id: `run:${run.id}`,
    kind: 'run',
    title: run.intent,
    worker: run.agent,
    status: run.status,
    startedAt: beginOf(run),
    finishedAt: run.finishedAt === undefined ? undefined : Date.parse(run.finishedAt),
    ...totals(children),
    children,
    run,
  }
}

function stepNode(run: RunDetail, step: RunStep): TraceNode {
  const calls = callsOf(run, step.key).toSorted(byStart)
  if (step.copied) return copiedStep(run, step)
  const times = { startedAt: Date.parse(step.startedAt), finishedAt: Date.parse(step.finishedAt) }
  const [only] = calls
  if (only && calls.length === 1)
    return shareRow(only, { title: step.key, status: worse(step, only), ...times, step, inRunId: run.id })
  return {
    id: `step:${run.id}:${step.key}`,
    kind: 'step',
    title: step.key,
    worker: undefined,
    status: step.status,
    ...times,
    ...totals(calls),
    children: calls,
    step,
    inRunId: run.id,
  }
}

/** Another run did it, at a time that lies outside of this one's: it stands where this one began. */
function copiedStep(run: RunDetail, step: RunStep): TraceNode {
  const at = beginOf(run)
  return {
    id: `step:${run.id}:${step.key}`,
    kind: 'step',
    title: step.key,
    worker: 'copied',
    status: step.status,
    startedAt: at,
    finishedAt: at,
    ...totals([]),
    children: [],
    step,
    inRunId: run.id,
  }
}

const beginOf = (run: RunDetail) => Date.parse(run.startedAt ?? run.createdAt)

const shareRow = (call: TraceNode, step: Partial<TraceNode>): TraceNode => ({
  ...call,
  ...step,
  worker: call.kind === 'run' ? [call.worker, call.title].join(' ') : call.worker,
})

/** A step can be over while its call is not settled; what needs a person's eye is what the row shows. */
const worse = (step: RunStep, call: TraceNode): string => (step.status === 'failed' ? 'failed' : call.status)

/** Steps are recorded when they are over. Those under way are known by the calls and child runs made in them. */
function openSteps(run: RunDetail): TraceNode[] {
  const recorded = new Set(run.steps.map((step) => step.key))
  const calls = [...run.llmCalls, ...run.toolExecutions].flatMap(({ stepKey }) => stepKey ?? [])
  const children = run.children.map(childKey)
  return [...new Set([...calls, ...children])]
    .filter((key) => !recorded.has(key))
    .map((key) => {
      const open = callsOf(run, key).toSorted(byStart)
      const [only] = open
      if (only && open.length === 1) return shareRow(only, { title: key })
      return {
        id: `step:${run.id}:${key}`,
        kind: 'step',
        title: key,
        worker: undefined,
        status: open.findLast((call) => call.finishedAt === undefined)?.status ?? run.status,
        startedAt: open.find((call) => call.startedAt !== undefined)?.startedAt,
        finishedAt: undefined,
        ...totals(open),
        children: open,
      }
    })
}

/** The step of the parent that a child run stands for. */
const childKey = ({ parentStepKey, intent }: RunDetail): string => parentStepKey ?? intent

const callsOf = (run: RunDetail, key: string): TraceNode[] => [
  ...run.children.filter((child) => childKey(child) === key).map(buildTrace),
  ...run.llmCalls.filter((call) => call.stepKey === key).map(llmNode),
  ...run.toolExecutions
    .filter((execution) => execution.stepKey === key)
    .map((execution) => toolNode(execution, beginOf(run))),
]

function llmNode(call: LlmCall): TraceNode {
  const startedAt = Date.parse(call.startedAt)
  return {
    id: `llm:${call.id}`,
    kind: 'llm',
    title: call.operation,
    worker: call.answeredModel ?? call.requestedModel,
    status: call.status,
    startedAt,
    finishedAt: call.durationMs === undefined ? undefined : startedAt + call.durationMs,
    tokens: tokensOf(call),
    costMicros: call.costMicros,
    currency: call.currency,
    sandbox: isSandboxCall(call),
    children: [],
    llmCall: call,
  }
}

function toolNode(execution: ToolExecution, runBegan: number): TraceNode {
  const { copied, finishedAt } = execution
  // One that was simulated has an end alone.
  const startedAt = execution.startedAt ?? (execution.status === 'simulated' ? finishedAt : undefined)
  const at = (moment: string | undefined) => (copied ? runBegan : moment === undefined ? undefined : Date.parse(moment))
  return {
    id: `tool:${execution.id}`,
    kind: 'tool',
    title: execution.tool,
    worker: copied
      ? `${execution.tool}, copied`
      : execution.simulation
        ? `${execution.tool}, simulated`
        : execution.tool,
    status: execution.status,
    startedAt: at(startedAt),
    finishedAt: at(finishedAt),
    tokens: 0,
    costMicros: 0,
    currency: undefined,
    sandbox: execution.mode === 'sandbox',
    children: [],
    toolExecution: execution,
  }
}

/** The classes are disjoint, so their sum is the whole. */
export const tokensOf = (call: LlmCall): number =>
  call.inputTokens + call.cacheReadTokens + call.cacheWriteTokens + call.outputTokens + call.reasoningTokens

function totals(children: readonly TraceNode[]) {
  const answered = children.filter((child) => child.tokens > 0 && child.sandbox !== undefined)
  return {
    tokens: children.reduce((sum, child) => sum + child.tokens, 0),
    costMicros: children.reduce((sum, child) => sum + child.costMicros, 0),
    currency: children.find((child) => child.currency !== undefined)?.currency,
    sandbox: answered.length === 0 ? undefined : answered.every((child) => child.sandbox),
  }
}

/** What has not begun comes last. */
const byStart = (left: TraceNode, right: TraceNode) => (left.startedAt ?? Infinity) - (right.startedAt ?? Infinity) || 0

/** A row as it stands in the list, with its depth from 0. */
export interface TraceRow {
  readonly node: TraceNode
  readonly depth: number
}

/** The rows that are to be seen, in order: the descendants of a closed row are left out. */
export const visibleRows = (node: TraceNode, closed: ReadonlySet<string>, depth = 0): TraceRow[] => [
  { node, depth },
  ...(closed.has(node.id) ? [] : node.children.flatMap((child) => visibleRows(child, closed, depth + 1))),
]
