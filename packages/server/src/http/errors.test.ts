import { Problem } from '@neonhub/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, publicUrl, type TestApp } from '../../test/http-app.ts'

let http: TestApp
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 1000 })
})
afterAll(() => http.close())

const start = { agent: 'SEOAgent', intent: 'seo-audit', input: {} }

async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const problem = Problem.parse(await response.json())
  expect(problem.status).toBe(response.status)
  return problem
}

/** Sends bytes as they are, which `send` would not. */
const postRaw = (path: string, body: string, headers: Record<string, string> = {}) =>
  http.app.request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...http.operator, ...headers },
    body,
  })

test('an unknown property is refused by its name, wherever it stands', async () => {
  const inBody = await http.send('POST', '/v1/runs', {
    headers: http.operator,
    body: { ...start, organizationId: 'x' },
  })
  expect(await problemOf(inBody)).toMatchObject({
    status: 400,
    code: 'http.request_invalid',
    issues: [{ path: 'body', message: expect.stringContaining('organizationId') }],
  })
  for (const path of ['/v1/runs?limit=5&sort=name', '/v1/me?x=1', '/v1/runs?limit=1&limit=2']) {
    expect((await problemOf(await http.send('GET', path, { headers: http.operator }))).status).toBe(400)
  }
})

test('each wrong place of a request is named', async () => {
  const response = await http.send('POST', '/v1/runs', { headers: http.operator, body: { agent: 5, input: [] } })
  const { issues } = await problemOf(response)
  expect(issues?.map(({ path }) => path)).toEqual(['body.agent', 'body.intent', 'body.input'])
})

test('a text that no database takes is refused by its place, and nothing breaks', async () => {
  for (const [text, place] of [
    ['{"agent":"SEOAgent","intent":"seo-audit","input":{"a":["\\u0000"]}}', 'body.input.a[0]'],
    ['{"agent":"SEOAgent","intent":"seo-audit","input":{"a":"\\ud800"}}', 'body.input.a'],
    ['{"agent":"SEOAgent","intent":"seo-audit","input":{"\\u0000":1}}', 'body.input'],
  ] as const) {
    expect(await problemOf(await postRaw('/v1/runs', text))).toMatchObject({
      status: 400,
      code: 'http.text_unstorable',
      issues: [{ path: place }],
    })
  }
  for (const path of ['/v1/brands/%00', '/v1/runs?status=%00']) {
    expect(await problemOf(await http.send('GET', path, { headers: http.operator }))).toMatchObject({
      status: 400,
      code: 'http.text_unstorable',
    })
  }
  expect(http.memory.started).toEqual([])
})

test('a body that nests deeper than a stack goes is refused, and one that nests deep is taken', async () => {
  const nested = (levels: number) =>
    `{"agent":"SEOAgent","intent":"seo-audit","input":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}`
  for (const levels of [600, 200_000]) {
    expect(await problemOf(await postRaw('/v1/runs', nested(levels)))).toMatchObject({
      code: 'http.body_too_deep',
      status: 400,
    })
  }
  expect(http.memory.started).toEqual([])
  expect((await postRaw('/v1/runs', nested(400))).status).toBe(202)
  http.memory.started.length = 0
})

test('malformed JSON, another media type, no body and too large a body each have their own answer', async () => {
  expect(await problemOf(await postRaw('/v1/runs', '{"agent":'))).toMatchObject({
    code: 'http.body_malformed',
    status: 400,
  })
  const asText = await postRaw('/v1/runs', JSON.stringify(start), { 'content-type': 'text/plain' })
  expect(await problemOf(asText)).toMatchObject({ code: 'http.media_type', status: 415 })
  expect(await problemOf(await postRaw('/v1/runs', ''))).toMatchObject({ code: 'http.request_invalid', status: 400 })
  const large = JSON.stringify({ ...start, input: { text: 'x'.repeat(1024 * 1024) } })
  expect(await problemOf(await postRaw('/v1/runs', large))).toMatchObject({ code: 'http.body_too_large', status: 413 })
  expect(http.memory.started).toEqual([])
})

test("a malformed id is the caller's error and never the database's", async () => {
  for (const id of ['x', '019A0000-0000-7000-8000-000000000000', "'; drop table users"]) {
    const response = await http.send('GET', `/v1/runs/${encodeURIComponent(id)}`, { headers: http.operator })
    expect(await problemOf(response)).toMatchObject({ status: 400, issues: [{ path: 'path.id' }] })
  }
})

test('an unknown path is 404, and another method on a known one is 405 and names those that it has', async () => {
  expect(await problemOf(await http.send('GET', '/v1/nothing'))).toMatchObject({
    status: 404,
    code: 'http.route_unknown',
  })
  expect((await problemOf(await http.send('POST', '/api/auth/organization/create', { body: {} }))).status).toBe(404)
  const response = await http.send('DELETE', '/v1/runs')
  expect(response.headers.get('allow')).toBe('GET, POST')
  expect((await problemOf(response)).code).toBe('http.method_unknown')
})

test('sign-in refuses with problems too', async () => {
  const post = (body: string) =>
    http.app.request(`${publicUrl}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: publicUrl },
      body,
    })
  const wrong = await post(JSON.stringify({ email: 'ann@example.com', password: 'guess number one' }))
  expect(await problemOf(wrong)).toMatchObject({ status: 401, code: 'auth.invalid_email_or_password' })
  expect(await problemOf(await post('{'))).toMatchObject({ status: 400 })
  expect(await problemOf(await post('{"email":5}'))).toMatchObject({ status: 400, code: 'auth.validation_error' })
})

test("what failed unexpectedly says nothing of its inside, and is logged under the request's id", async () => {
  const logged: unknown[] = []
  const broken = await openTestApp({
    logger: Object.assign(Object.create(http.parts.logger), { error: (fields: unknown) => logged.push(fields) }),
  })
  const listBrands = async () => Promise.reject(new Error('secret of the inside'))
  Object.assign(broken.parts.services, { listBrands })
  const response = await broken.send('GET', '/v1/brands', { headers: broken.operator })
  const text = await response.clone().text()
  expect(text).not.toContain('secret')
  const problem = await problemOf(response)
  expect(problem).toMatchObject({ status: 500, code: 'http.unexpected' })
  expect(logged).toMatchObject([{ requestId: problem.requestId, route: '/v1/brands' }])
  const away = async () => Promise.reject(Object.assign(new Error('connect 10.0.0.5'), { code: 'ECONNREFUSED' }))
  Object.assign(broken.parts.services, { listBrands: away })
  const unavailable = await broken.send('GET', '/v1/brands', { headers: broken.operator })
  expect(unavailable.headers.get('retry-after')).toBe('1')
  expect(await problemOf(unavailable)).toMatchObject({ status: 503, code: 'http.database_unreachable' })
  await broken.close()
})

test('an answer off the contract is caught while answers are checked', async () => {
  const broken = await openTestApp()
  Object.assign(broken.parts.services, { listBrands: async () => [{ id: 'x' }] })
  expect((await broken.send('GET', '/v1/brands', { headers: broken.operator })).status).toBe(500)
  await broken.close()
})

test('every answer carries the headers that keep a page safe', async () => {
  for (const path of ['/healthz', '/v1/nothing', '/docs']) {
    const { headers } = await http.send('GET', path)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('content-security-policy')).toContain("script-src 'self';")
    expect(headers.get('referrer-policy')).toBe('strict-origin-when-cross-origin')
    expect(headers.get('strict-transport-security')).toBeNull()
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  }
})
