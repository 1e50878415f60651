import { expect, test } from 'vitest'
import { exampleExecution, exampleRun, exampleStep } from '../trace/example-run.ts'
import { keysOf } from './keys-of.ts'

test('each key stands once, in the order of the beginnings, and what has not begun comes last', () => {
  const run = exampleRun({
    steps: [exampleStep('write', 2, 4), exampleStep('think', 0, 1), exampleStep('ask', 3, 5)],
    toolExecutions: [exampleExecution('send', 'awaiting_approval')],
    children: [exampleRun({ id: 'child', parentStepKey: 'ask' })],
  })
  expect(keysOf(run)).toEqual(['think', 'ask', 'write', 'send'])
})
