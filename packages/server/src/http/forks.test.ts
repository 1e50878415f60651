import { Run, RunComparison } from '@neonhub/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeLlmCall, makeRun, makeStep, makeToolExecution, openTestApp, type TestApp } from '../../test/http-app.ts'
import { newId } from '../base/ids.ts'

let http: TestApp
beforeAll(async () => {
  http = await openTestApp()
})
afterAll(() => http.close())

const post = (path: string, body: object, headers: Readonly<Record<string, string>> = http.operator) =>
  http.send('POST', path, { headers, body })

test('a fork is a dry run unless it is told otherwise, and hands on what is asked', async () => {
  const run = http.memory.addRun(http.organizationId, makeRun())
  const answer = await post(`/v1/runs/${run.id}/forks`, { from: 'write' })
  expect(answer.status).toBe(202)
  expect(Run.parse(await answer.json()).forkedFromRunId).toBe(run.id)
  await post(`/v1/runs/${run.id}/forks`, {
    dryRun: false,
    model: 'sandbox:composer',
    input: { topic: 'ships' },
    prompts: [{ agent: 'SEOAgent', intent: 'seo-audit', key: 'write', version: 2 }],
  })
  await post(`/v1/runs/${run.id}/forks`, { stubReads: true }, { ...http.operator, 'idempotency-key': 'one' })
  const shared = { source: run.id, requestedBy: 'cli' }
  expect(http.memory.forked).toEqual([
    { ...shared, from: 'write', dryRun: { stubReads: false } },
    {
      ...shared,
      model: 'sandbox:composer',
      input: { topic: 'ships' },
      prompts: [{ agent: 'SEOAgent', intent: 'seo-audit', key: 'write', version: 2 }],
    },
    { ...shared, idempotencyKey: 'one', dryRun: { stubReads: true } },
  ])
})

test('a new run is a dry run where it is asked for', async () => {
  await post('/v1/runs', { agent: 'SEOAgent', intent: 'seo-audit', input: {}, dryRun: true })
  expect(http.memory.started.at(-1)).toMatchObject({ dryRun: { stubReads: false } })
  await post('/v1/runs', { agent: 'SEOAgent', intent: 'seo-audit', input: {}, stubReads: true })
  expect(http.memory.started.at(-1)).not.toHaveProperty('dryRun')
})

test('two runs stand side by side, piece by piece, with what was copied and what differs', async () => {
  const child = makeRun({ parentStepKey: 'ask', totalCostMicros: 7, steps: [makeStep('inside')] })
  const original = http.memory.addRun(
    http.organizationId,
    makeRun({
      output: { title: 'One', kept: true },
      steps: [makeStep('think'), { ...makeStep('ask'), kind: 'child', childRunId: child.id }, makeStep('write')],
      llmCalls: [{ ...makeLlmCall(newId()), costMicros: 20 }],
      toolExecutions: [makeToolExecution(newId())],
      children: [child],
    }),
  )
  const fork = http.memory.addRun(
    http.organizationId,
    makeRun({
      forkedFromRunId: original.id,
      dryRun: true,
      output: { title: 'Two', kept: true },
      steps: [
        { ...makeStep('think'), copied: true },
        { ...makeStep('ask'), kind: 'child', childRunId: child.id, copied: true },
        makeStep('write'),
        makeStep('more'),
      ],
      toolExecutions: [{ ...makeToolExecution(newId()), status: 'simulated', simulation: { asksApproval: true } }],
    }),
  )
  const answer = await http.send('GET', `/v1/runs/${fork.id}/comparison`, { headers: http.operator })
  expect(answer.status).toBe(200)
  const comparison = RunComparison.parse(await answer.json())
  expect(comparison.original.id).toBe(original.id)
  expect(comparison.original).not.toHaveProperty('steps')
  expect(comparison.inputChanges).toEqual([])
  expect(comparison.outputChanges).toEqual([{ path: '/title', kind: 'changed', original: 'One', fork: 'Two' }])
  const pieces = new Map(comparison.pieces.map((piece) => [piece.path.join(' › '), piece]))
  expect(pieces.size).toBe(comparison.pieces.length)
  expect(pieces.get('think')).toMatchObject({
    original: { status: 'succeeded' },
    fork: { copied: true, costMicros: 0 },
  })
  expect(pieces.get('ask')).toMatchObject({ kind: 'child', original: { costMicros: 7 }, fork: { copied: true } })
  expect(pieces.has('ask › inside')).toBe(false)
  expect(pieces.get('write')).toMatchObject({
    original: { costMicros: 20, models: ['sandbox:writer'] },
    fork: { costMicros: 0 },
  })
  expect(pieces.get('write')).toMatchObject({ outputChanges: [] })
  expect(pieces.get('think')).not.toHaveProperty('outputChanges')
  expect(pieces.get('more')).not.toHaveProperty('original')
  expect(pieces.get('send')).toMatchObject({
    kind: 'call',
    tool: 'email.send',
    original: { status: 'unknown' },
    fork: { status: 'simulated', simulation: { asksApproval: true } },
  })
})

test('an id that somebody asked with is told where it differs, and one that a run made is not', async () => {
  const [asked, other] = [newId(), newId()]
  const made = (contentId: string) =>
    http.memory.addRun(http.organizationId, makeRun({ input: { contentId }, output: { draftId: newId() } }))
  const [one, two] = [made(asked), made(other)]
  const answer = await http.send('GET', `/v1/runs/${two.id}/comparison?with=${one.id}`, { headers: http.operator })
  expect(RunComparison.parse(await answer.json())).toMatchObject({
    inputChanges: [{ path: '/contentId', kind: 'changed', original: asked, fork: other }],
    outputChanges: [],
  })
})

test('a run that was made of no other is compared with the one that is named', async () => {
  const one = http.memory.addRun(http.organizationId, makeRun())
  const other = http.memory.addRun(http.organizationId, makeRun())
  const ask = (query: string) => http.send('GET', `/v1/runs/${one.id}/comparison${query}`, { headers: http.operator })
  expect((await ask('')).status).toBe(409)
  expect(RunComparison.parse(await (await ask(`?with=${other.id}`)).json()).original.id).toBe(other.id)
  expect((await ask(`?with=${newId()}`)).status).toBe(404)
})
