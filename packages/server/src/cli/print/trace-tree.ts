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
  const isRoot = run.parentRunId === undefined
  const wait = run.placeWait === undefined ? [] : [{ text: pc.yellow(plainText(run.placeWait)), children: [] }]
  const origin = isRoot ? originLines(run) : []
  return { text: parts.join('  '), children: [...origin, ...childLines(run), ...wait, ...error] }
}

/** What a run was made of, and that nothing of it leaves. */
function originLines({ dryRun, forkedFromRunId, forkedFromStep, overrides }: RunDetail): Line[] {
  const from = forkedFromStep === undefined ? '' : ` from "${plainText(forkedFromStep)}" on`
  const asked = [
    ...(overrides?.model === undefined ? [] : [overrides.model]),
    ...(overrides?.prompts ?? []).map(({ key, version }) => `"${key}" in version ${version}`),
  ]
  return [
    ...(dryRun ? [pc.yellow('dry run: nothing leaves, and what it writes here is taken back')] : []),
    ...(forkedFromRunId === undefined ? [] : [pc.dim(`fork of ${forkedFromRunId}${from}`)]),
    ...(asked.length === 0 ? [] : [pc.dim(`asks ${plainText(asked.join(', '))}`)]),
  ].map((text) => ({ text, children: [] }))
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
    const time = step.copied ? 'copied' : formatDuration(durationMs)
    const text = [step.key, ...status, pc.dim(time)].join('  ')
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
  for (const tool of run.toolExecutions) {
    // What was copied or simulated has no start.
    timed.push({ startedAt: tool.startedAt ?? tool.finishedAt ?? notStarted, line: toolLine(tool) })
  }
  return timed.toSorted((one, other) => (one.startedAt < other.startedAt ? -1 : 1)).map(({ line }) => line)
}

function callLine(call: LlmCall): Line {
  const tokens = `${tokensIn(call)}→${tokensOut(call)} tokens`
  const status = call.status === 'succeeded' ? [] : [formatStatus(call.status)]
  const time = call.durationMs === undefined ? [] : [formatDuration(call.durationMs)]
  const instead = call.fallbackFor === undefined ? [] : [`in the place of ${call.fallbackFor}`]
  const text = [
    `${call.provider}:${plainText(call.answeredModel ?? call.requestedModel)}`,
    ...status,
    ...time,
    tokens,
    ...costOfCall(call),
    ...instead,
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
  const copied = tool.copied ? [pc.dim('copied')] : []
  const money = [
    ...(tool.cost ? [formatCost(tool.cost.micros, tool.cost.currency)] : []),
    ...(tool.adSpend ? [`${formatCost(tool.adSpend.micros, tool.adSpend.currency)} for ads`] : []),
  ].map((text) => pc.dim(text))
  const words = [pc.cyan(tool.tool), formatStatus(tool.status), pc.dim(`→ ${to}`), ...money, ...sandbox, ...copied]
  const text = words.join('  ')
  const simulated = [
    ...(tool.simulation?.asksApproval ? ['would ask for a yes'] : []),
    ...(tool.simulation?.budget === undefined ? [] : [plainText(tool.simulation.budget)]),
    ...(tool.simulation?.heldUntil === undefined ? [] : [`would wait until ${tool.simulation.heldUntil}`]),
  ].map((line) => ({ text: pc.yellow(line), children: [] }))
  const held = tool.notBefore === undefined ? [] : [{ text: pc.yellow(`waits until ${tool.notBefore}`), children: [] }]
  const error = tool.error === undefined ? [] : [{ text: pc.red(plainText(tool.error.message)), children: [] }]
  const settle =
    tool.status === 'unknown' ? [{ text: `npx neonhub settle ${tool.id} succeeded|failed`, children: [] }] : []
  return { text, children: [...simulated, ...held, ...error, ...settle] }
}

const tokensIn = (call: LlmCall) => call.inputTokens + call.cacheReadTokens + call.cacheWriteTokens
const tokensOut = (call: LlmCall) => call.outputTokens + call.reasoningTokens

/** Every run of a tree, the root first. */
export function flattenRuns(run: RunDetail): readonly RunDetail[] {
  return [run, ...run.children.flatMap(flattenRuns)]
}
