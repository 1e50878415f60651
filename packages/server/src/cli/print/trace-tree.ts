import type { LlmCall, RunDetail, ToolExecution } from '@neonhub/contract'
import pc from 'picocolors'
import { costOf, formatCost, formatDuration, formatStatus, plainText } from './format.ts'

interface Line {
  readonly text: string
  readonly children: readonly Line[]
}

/** A run's trace as a tree: steps with their model calls, tool executions and child runs, in the order of their start. */
export function formatTrace(run: RunDetail): string {
  return render(runLine(run), '', '').join('\n')
}

function render({ text, children }: Line, head: string, indent: string): string[] {
  const lines = [head + text]
  children.forEach((child, index) => {
    const isLast = index === children.length - 1
    lines.push(...render(child, indent + pc.dim(isLast ? '└─ ' : '├─ '), indent + pc.dim(isLast ? '   ' : '│  ')))
  })
  return lines
}

function runLine(run: RunDetail): Line {
  const parts = [
    ...(run.parentStepKey === undefined ? [] : [plainText(run.parentStepKey)]),
    pc.bold(`${run.agent} ${run.intent}`),
    formatStatus(run.status),
    ...(run.durationMs === undefined ? [] : [formatDuration(run.durationMs)]),
    pc.dim(`${(run.totalInputTokens + run.totalOutputTokens).toLocaleString('en')} tokens`),
    ...costOf(run).map(pc.dim),
  ]
  const error = run.error === undefined ? [] : [{ text: pc.red(plainText(run.error.message)), children: [] }]
  return { text: parts.join('  '), children: [...childLines(run), ...error] }
}

/** Sorts after every moment: what waits comes last. */
const notStarted = '~'

function childLines(run: RunDetail): Line[] {
  const children = new Map(run.children.map((child) => [child.id, child]))
  const calls = Map.groupBy(run.llmCalls, ({ stepKey }) => stepKey)
  const timed: { readonly startedAt: string; readonly line: Line }[] = []
  for (const step of run.steps) {
    const child = step.childRunId === undefined ? undefined : children.get(step.childRunId)
    if (child) {
      children.delete(child.id)
      timed.push({ startedAt: child.startedAt ?? step.startedAt, line: runLine(child) })
      continue
    }
    const durationMs = Date.parse(step.finishedAt) - Date.parse(step.startedAt)
    const status = step.status === 'succeeded' ? [] : [formatStatus(step.status)]
    const text = [step.key, ...status, pc.dim(formatDuration(durationMs))].join('  ')
    timed.push({ startedAt: step.startedAt, line: { text, children: (calls.get(step.key) ?? []).map(callLine) } })
    calls.delete(step.key)
  }
  // Under way: the step is written when it is over, its calls before they leave.
  for (const [key, open] of calls) {
    const [first] = open
    if (first)
      timed.push({ startedAt: first.startedAt, line: { text: key ?? 'model call', children: open.map(callLine) } })
  }
  for (const child of children.values())
    timed.push({ startedAt: child.startedAt ?? child.createdAt, line: runLine(child) })
  for (const tool of run.toolExecutions) timed.push({ startedAt: tool.startedAt ?? notStarted, line: toolLine(tool) })
  return timed.toSorted((one, other) => (one.startedAt < other.startedAt ? -1 : 1)).map(({ line }) => line)
}

function callLine(call: LlmCall): Line {
  const tokens = `${tokensIn(call)}→${tokensOut(call)} tokens`
  const status = call.status === 'succeeded' ? [] : [formatStatus(call.status)]
  const time = call.durationMs === undefined ? [] : [formatDuration(call.durationMs)]
  const text = [
    `${call.provider}:${call.answeredModel ?? call.requestedModel}`,
    ...status,
    ...time,
    tokens,
    ...costOfCall(call),
  ]
  return { text: pc.dim(text.join('  ')), children: [] }
}

function costOfCall({ costSource, costMicros, currency }: LlmCall): readonly string[] {
  if (costSource === 'free') return []
  return [costSource === 'unknown' ? 'price unknown' : formatCost(costMicros, currency)]
}

function toolLine(tool: ToolExecution): Line {
  const to = tool.preview.recipients.map(plainText).join(', ')
  const sandbox = tool.mode === 'sandbox' ? [pc.dim('(sandbox)')] : []
  const text = [pc.cyan(tool.tool), formatStatus(tool.status), pc.dim(`→ ${to}`), ...sandbox].join('  ')
  const held = tool.notBefore === undefined ? [] : [{ text: pc.yellow(`waits until ${tool.notBefore}`), children: [] }]
  const error = tool.error === undefined ? [] : [{ text: pc.red(plainText(tool.error.message)), children: [] }]
  const settle =
    tool.status === 'unknown' ? [{ text: `npx neonhub settle ${tool.id} succeeded|failed`, children: [] }] : []
  return { text, children: [...held, ...error, ...settle] }
}

const tokensIn = (call: LlmCall) => call.inputTokens + call.cacheReadTokens + call.cacheWriteTokens
const tokensOut = (call: LlmCall) => call.outputTokens + call.reasoningTokens

/** Every run of a tree, the root first. */
export function flattenRuns(run: RunDetail): readonly RunDetail[] {
  return [run, ...run.children.flatMap(flattenRuns)]
}
