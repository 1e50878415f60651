import { expect, test } from 'vitest'
import { buildTrace, visibleRows } from './build-trace.ts'
import { exampleCall, exampleExecution, exampleRun, exampleStep, second } from './example-run.ts'

test('a step that made one call shares its row with the call', () => {
  const run = exampleRun({ steps: [exampleStep('plan', 1, 4)], llmCalls: [exampleCall('a', 'plan', 2, 1_500)] })
  const [row, ...others] = buildTrace(run).children
  expect(others).toEqual([])
  expect(row).toMatchObject({ kind: 'llm', title: 'plan', worker: 'writer-2', children: [], tokens: 17 })
  expect(row).toMatchObject({ startedAt: second(1), finishedAt: second(4) })
  expect(row?.step?.key).toBe('plan')
})

test('a step that asked twice holds both calls, in the order of their start', () => {
  const run = exampleRun({
    steps: [exampleStep('plan', 1, 4)],
    llmCalls: [exampleCall('late', 'plan', 3, 500), exampleCall('early', 'plan', 1, 500)],
  })
  const [row] = buildTrace(run).children
  expect(row).toMatchObject({ kind: 'step', tokens: 34, costMicros: 200 })
  expect(row?.children.map(({ id }) => id)).toEqual(['llm:early', 'llm:late'])
})

test('a child run stands in the step that started it, and its costs count for the step', () => {
  const child = exampleRun({
    id: 'child',
    agent: 'ContentAgent',
    parentStepKey: 'write article',
    steps: [exampleStep('draft', 2, 3)],
    llmCalls: [exampleCall('c', 'draft', 2, 900)],
  })
  const step = { ...exampleStep('write article', 1, 4), kind: 'child' as const, childRunId: 'child' }
  const [row, ...others] = buildTrace(exampleRun({ steps: [step], children: [child] })).children
  expect(others).toEqual([])
  expect(row).toMatchObject({ kind: 'run', title: 'write article', worker: 'ContentAgent launch', costMicros: 100 })
  expect(row?.children.map(({ title }) => title)).toEqual(['draft'])
})

test('a child run that is under way stands in the step that it was started for', () => {
  const child = exampleRun({ id: 'child', agent: 'ContentAgent', status: 'running', parentStepKey: 'write article' })
  const [row, ...others] = buildTrace(exampleRun({ children: [child] })).children
  expect(others).toEqual([])
  expect(row).toMatchObject({
    id: 'run:child',
    title: 'write article',
    worker: 'ContentAgent launch',
    status: 'running',
  })
})

test('a step under way is known by its calls', () => {
  const running = { ...exampleCall('a', 'plan', 2, 0), status: 'running' as const, durationMs: undefined }
  const { durationMs: _unknown, ...call } = running
  const [row] = buildTrace(exampleRun({ llmCalls: [call] })).children
  expect(row).toMatchObject({ title: 'plan', status: 'running', startedAt: second(2), finishedAt: undefined })
})

test('what has not begun comes last', () => {
  const waiting = exampleExecution('send mail', 'awaiting_approval')
  const run = exampleRun({ steps: [exampleStep('plan', 1, 2)], toolExecutions: [waiting] })
  expect(buildTrace(run).children.map(({ title, status }) => [title, status])).toEqual([
    ['plan', 'succeeded'],
    ['send mail', 'awaiting_approval'],
  ])
})

test('a step that is over shows the state of a call that a person has to settle', () => {
  const run = exampleRun({ steps: [exampleStep('post', 1, 2)], toolExecutions: [exampleExecution('post', 'unknown')] })
  expect(buildTrace(run).children[0]?.status).toBe('unknown')
})

test('a run is the sandbox only where every model call was', () => {
  const sandbox = { ...exampleCall('a', 'plan', 1, 10), provider: 'sandbox' }
  expect(buildTrace(exampleRun({ llmCalls: [sandbox] })).sandbox).toBe(true)
  expect(buildTrace(exampleRun({ llmCalls: [sandbox, exampleCall('b', 'write', 1, 10)] })).sandbox).toBe(false)
  expect(buildTrace(exampleRun({})).sandbox).toBeUndefined()
})

test('the descendants of a closed row are left out', () => {
  const run = exampleRun({
    steps: [exampleStep('plan', 1, 4), exampleStep('end', 5, 6)],
    llmCalls: [exampleCall('a', 'plan', 1, 500), exampleCall('b', 'plan', 3, 500)],
  })
  const trace = buildTrace(run)
  expect(visibleRows(trace, new Set()).map(({ depth }) => depth)).toEqual([0, 1, 2, 2, 1])
  expect(visibleRows(trace, new Set(['step:root:plan'])).map(({ node }) => node.title)).toEqual([
    'launch',
    'plan',
    'end',
  ])
  expect(visibleRows(trace, new Set(['run:root']))).toHaveLength(1)
})

test('what was copied stands where the run began, whenever the other run did it, and a simulated call where it ended', () => {
  const trace = buildTrace(
    exampleRun({
      steps: [{ ...exampleStep('think', -90_000, -80_000), copied: true }, exampleStep('write', 2, 4)],
      toolExecutions: [
        {
          ...exampleExecution('first', 'succeeded'),
          copied: true,
          finishedAt: new Date(second(-80_000)).toISOString(),
        },
        { ...exampleExecution('second', 'simulated'), finishedAt: new Date(second(5)).toISOString() },
      ],
    }),
  )
  expect(trace.children.map(({ title, startedAt, finishedAt }) => [title, startedAt, finishedAt])).toEqual([
    ['think', second(0), second(0)],
    ['first', second(0), second(0)],
    ['write', second(2), second(4)],
    ['second', second(5), second(5)],
  ])
  expect(trace.children[0]?.worker).toBe('copied')
})
