import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { makeRun, makeToolExecution } from '../../../test/http-app.ts'
import { costOf } from './format.ts'
import { formatTrace } from './trace-tree.ts'

const linesOf = (...[run]: Parameters<typeof formatTrace>) => stripVTControlCharacters(formatTrace(run)).split('\n')

test('a run counts what is below it, and a child run stands under the name of its step', () => {
  const child = makeRun({ agent: 'ContentAgent', intent: 'generate-draft', parentStepKey: 'write the article' })
  const run = makeRun({
    totalCostMicros: 1_284_000,
    totalInputTokens: 1_000,
    totalOutputTokens: 234,
    children: [child],
  })
  const [first, second] = linesOf(run)
  expect(first).toMatch(/^SEOAgent seo-audit {2}succeeded {2}1,234 tokens {2}USD 1\.2840$/)
  expect(second).toMatch(/^└─ write the article {2}ContentAgent generate-draft/)
})

test('what a run cost is told, or that the sandbox stood in, or nothing', () => {
  expect(costOf({ totalCostMicros: 12_300, sandbox: false })).toEqual(['USD 0.0123'])
  expect(costOf({ totalCostMicros: 0, sandbox: true })).toEqual(['sandbox'])
  expect(costOf({ totalCostMicros: 0, sandbox: false })).toEqual([])
})

test('a call whose outcome is unknown says how a person settles it', () => {
  const execution = makeToolExecution('run')
  const lines = linesOf(makeRun({ toolExecutions: [execution] }))
  expect(lines.at(-1)).toContain(`npx neonhub settle ${execution.id} succeeded|failed`)
})
