import { afterAll, beforeAll, expect, test } from 'vitest'
import { permissions } from '@neonhub/contract'
import { z } from 'zod'
import { addOrganization } from '../../test/database.ts'
import { openTestApp, publicUrl, type TestApp } from '../../test/http-app.ts'
import { newId } from '../base/ids.ts'

let http: TestApp
let owner: Record<string, string>
let reader: Record<string, string>
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 10_000 })
  owner = { cookie: await http.signIn(), origin: publicUrl }
  reader = await http.keyWith(['runs:read'])
})
afterAll(() => http.close())

const call = async (method: string, path: string, body?: unknown, as = owner) => {
  const response = await http.send(method, path, { headers: as, ...(body === undefined ? {} : { body }) })
  return { status: response.status, body: z.looseObject({ id: z.string().optional() }).parse(await response.json()) }
}
const asks = { agent: 'SEOAgent', intent: 'seo-audit' }
const evaluators = [{ name: 'short', type: 'length', unit: 'words', max: 50 }]
const cases = [
  { name: 'home', input: { url: 'https://a.example' } },
  { name: 'shop', input: { url: 'https://b.example' }, expected: { score: 1 }, tags: ['shop'] },
]

test('a data set is made, shown, asked, listed and called off, each change on the audit log', async () => {
  const path = '/v1/eval-datasets/audits'
  expect(await call('PUT', path, { ...asks, evaluators, cases })).toMatchObject({
    status: 200,
    body: { slug: 'audits', caseCount: 2, evaluatorsVersion: 1, added: ['home', 'shop'], createdBy: /^user:/ },
  })
  expect(await call('PUT', path, { ...asks, evaluators, cases })).toMatchObject({
    body: { evaluatorsVersion: 1, unchanged: ['home', 'shop'] },
  })
  expect(
    await call('POST', `${path}/cases`, { cases: [{ name: 'blog', input: { url: 'https://c.example' } }] }),
  ).toEqual({
    status: 200,
    body: { added: ['blog'], changed: [], unchanged: [] },
  })
  expect(await call('DELETE', `${path}/cases/blog`)).toMatchObject({ status: 200, body: { name: 'blog' } })
  expect(await call('GET', path, undefined, reader)).toMatchObject({
    body: {
      cases: [
        { name: 'home', version: 1 },
        { name: 'shop', expected: { score: 1 }, tags: ['shop'] },
      ],
    },
  })
  const started = await call('POST', '/v1/evals', { dataset: 'audits', repeat: 2, note: 'shorter' })
  expect(started).toMatchObject({
    status: 201,
    body: { dataset: 'audits', status: 'running', itemCount: 4, counts: { pending: 4 }, note: 'shorter', prompts: [] },
  })
  const evalPath = `/v1/evals/${started.body.id}`
  expect(await call('GET', evalPath, undefined, reader)).toMatchObject({
    body: { items: [{ caseName: 'home', repetition: 1, status: 'pending', results: [] }, {}, {}, {}], evaluators },
  })
  expect(await call('POST', `${evalPath}/cancel`)).toMatchObject({
    body: { status: 'cancelled', counts: { cancelled: 4 } },
  })
  expect(await call('GET', '/v1/evals?dataset=audits', undefined, reader)).toMatchObject({
    body: { evals: [{ id: started.body.id, status: 'cancelled' }] },
  })
  expect(await call('DELETE', path)).toMatchObject({ status: 200, body: { slug: 'audits' } })
  expect((await call('GET', evalPath)).status).toBe(404)
  const log = z
    .object({ entries: z.array(z.object({ action: z.string() })) })
    .parse((await call('GET', '/v1/audit-logs?limit=50')).body)
  expect(
    log.entries
      .map(({ action }) => action)
      .filter((action) => action.startsWith('eval'))
      .toReversed(),
  ).toEqual([
    'eval_dataset.set',
    'eval_dataset.set',
    'eval_cases.added',
    'eval_case.removed',
    'eval.started',
    'eval.cancelled',
    'eval_dataset.deleted',
  ])
})

test('what does not fit is refused with its place, and nothing of it is kept', async () => {
  const path = '/v1/eval-datasets/refused'
  const put = (change: object) => call('PUT', path, { ...asks, evaluators, ...change })
  const issuesOf = (answer: Awaited<ReturnType<typeof put>>) => ({ status: answer.status, ...answer.body })
  expect(issuesOf(await put({ evaluators: [{ ...evaluators[0], maximum: 4 }] }))).toMatchObject({
    status: 400,
    issues: [{ path: 'body.evaluators[0]', message: expect.stringContaining('maximum') }],
  })
  expect(issuesOf(await put({ evaluators: [{ name: 'a', type: 'regex', pattern: '(' }] }))).toMatchObject({
    code: 'evals.evaluator_invalid',
    issues: [{ path: 'evaluators[0].pattern' }],
  })
  expect(issuesOf(await put({ evaluators: [evaluators[0], evaluators[0]] })).status).toBe(400)
  expect(issuesOf(await put({ cases: [cases[0], { name: 'bad', input: { url: 'no' } }] }))).toMatchObject({
    code: 'evals.case_invalid',
    issues: [{ path: 'cases[1].input.url' }],
  })
  expect(issuesOf(await put({ intent: 'write' }))).toMatchObject({ code: 'runtime.intent_unknown' })
  expect((await call('GET', path)).status).toBe(404)
  await put({})
  expect(await call('POST', '/v1/evals', { dataset: 'refused' })).toMatchObject({
    status: 409,
    body: { code: 'evals.no_cases' },
  })
  expect(await call('POST', `${path}/cases`, {})).toMatchObject({ status: 400 })
  expect(await call('PUT', path, { ...asks }, reader)).toMatchObject({ status: 403 })
})

test('what is foreign and what is absent are answered with the same words', async () => {
  await call('PUT', '/v1/eval-datasets/ours', { ...asks, evaluators, cases })
  const { body: ours } = await call('POST', '/v1/evals', { dataset: 'ours' })
  const foreign = await addOrganization(http.database, 'Foreign')
  const theirs = await http.keyWith(permissions, foreign)
  const pairs: readonly [string, string, string, unknown?][] = [
    ['GET', '/v1/eval-datasets/ours', '/v1/eval-datasets/absent'],
    ['DELETE', '/v1/eval-datasets/ours', '/v1/eval-datasets/absent'],
    ['POST', '/v1/eval-datasets/ours/cases', '/v1/eval-datasets/absent/cases', { cases }],
    ['DELETE', '/v1/eval-datasets/ours/cases/home', '/v1/eval-datasets/absent/cases/home'],
    ['GET', `/v1/evals/${ours.id}`, `/v1/evals/${newId()}`],
    ['POST', `/v1/evals/${ours.id}/cancel`, `/v1/evals/${newId()}/cancel`],
  ]
  const told = ({ status, body }: Awaited<ReturnType<typeof call>>) => ({
    status,
    title: body['title'],
    detail: body['detail'],
  })
  for (const [method, there, absent, body] of pairs) {
    const answer = told(await call(method, there, body, theirs))
    expect(answer.status).toBe(404)
    expect(answer).toEqual(told(await call(method, absent, body, theirs)))
  }
  expect((await call('POST', '/v1/evals', { dataset: 'ours' }, theirs)).status).toBe(404)
  expect(await call('GET', '/v1/evals', undefined, theirs)).toMatchObject({ body: { evals: [] } })
  expect(await call('GET', '/v1/eval-datasets', undefined, theirs)).toMatchObject({ body: { datasets: [] } })
  const compared = `/v1/evals/${ours.id}?against=${newId()}`
  expect((await call('GET', compared)).status).toBe(404)
})
