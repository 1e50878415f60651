import { expect, test } from 'vitest'
import { buildTrace } from './build-trace.ts'
import { exampleRun, exampleStep, second } from './example-run.ts'
import { createTimeScale } from './time-scale.ts'

test('moments lie in proportion where the run worked all the time', () => {
  const run = exampleRun({ steps: [exampleStep('a', 0, 3), exampleStep('b', 3, 9)] })
  const { place, pauses } = createTimeScale(buildTrace(run), second(9))
  expect(pauses).toEqual([])
  expect([0, 3, 9].map((seconds) => place(second(seconds)))).toEqual([0, expect.closeTo(1 / 3, 5), 1])
})

test('hours of waiting are drawn short, and said', () => {
  const steps = [exampleStep('before', 0, 5), exampleStep('after', 7205, 7210)]
  const run = exampleRun({ steps, finishedAt: new Date(second(7210)).toISOString() })
  const { place, pauses } = createTimeScale(buildTrace(run), second(7210))
  expect(pauses).toEqual([{ at: expect.closeTo(0.5, 5), durationMs: 7_200_000 }])
  expect(place(second(5))).toBeGreaterThan(0.45)
  expect(place(second(7205))).toBeLessThan(0.55)
})

test('a run that waits for a person grows no wider', () => {
  const run = exampleRun({ status: 'waiting', steps: [exampleStep('a', 0, 6)] })
  const { finishedAt: _open, ...waiting } = run
  const { place } = createTimeScale(buildTrace(waiting), second(86_400))
  expect(place(second(6))).toBeGreaterThan(0.9)
})

test('moments outside lie on the edges', () => {
  const { place } = createTimeScale(buildTrace(exampleRun({ steps: [exampleStep('a', 0, 9)] })), second(9))
  expect([place(second(-50)), place(second(500))]).toEqual([0, 1])
})

test('a run without a step yet can be drawn', () => {
  const { place } = createTimeScale(buildTrace(exampleRun({})), second(9))
  expect(place(second(4.5))).toBeGreaterThanOrEqual(0)
  expect(place(second(4.5))).toBeLessThanOrEqual(1)
})
