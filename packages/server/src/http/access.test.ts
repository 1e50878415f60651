import { fillPath, Problem, type Route, routes } from '@neonhub/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOrganization } from '../../test/database.ts'
import {
  makeLlmCall,
  makeRun,
  makeStep,
  makeToolExecution,
  openTestApp,
  publicUrl,
  type TestApp,
} from '../../test/http-app.ts'
import { newId } from '../base/ids.ts'
import { permissions } from '@neonhub/contract'
import { withTenant } from '../db/index.ts'
import { addConnection } from '../runtime/index.ts'

let http: TestApp
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 1000 })
})
afterAll(() => http.close())

const all: readonly Route[] = Object.values(routes)
const guarded = all.filter(({ permission }) => permission !== 'public')
const pathOf = (route: Route, id: string = newId()) =>
  fillPath(route, { id, slug: id, token: id, key: 'write', name: 'SEOAgent', action: 'send', provider: 'openai' })
const bodyOf = (route: Route) => (route.request.body ? { body: {} } : {})

async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const { requestId, ...problem } = Problem.parse(await response.json())
  expect(requestId).toBe(response.headers.get('x-request-id'))
  expect(problem.status).toBe(response.status)
  return problem
}

test.for(guarded)('$method $path without sign-in is 401', async (route) => {
  const response = await http.send(route.method.toUpperCase(), pathOf(route), bodyOf(route))
  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toContain('Bearer')
  expect(await problemOf(response)).toMatchObject({ code: 'identity.sign_in_required', title: 'Unauthorized' })
})

test.for(guarded.filter(({ permission }) => permission !== 'signed-in'))(
  '$method $path with a key that may do everything else is 403',
  async (route) => {
    const headers = await http.keyWith(permissions.filter((permission) => permission !== route.permission))
    const response = await http.send(route.method.toUpperCase(), pathOf(route), { headers, ...bodyOf(route) })
    expect(response.status).toBe(403)
    expect((await problemOf(response)).code).toMatch(/^identity\.(permission_missing|operator_only)$/)
  },
)

test('what is foreign and what is absent are answered with the same words', async () => {
  const foreign = await addOrganization(http.database, 'Foreign')
  const run = http.memory.addRun(foreign, makeRun({ steps: [makeStep('write')] }))
  const theirs = await http.keyWith(permissions, foreign)
  const approvalId = newId()
  http.memory.approvals.set(foreign, [
    {
      id: approvalId,
      runId: run.id,
      toolExecutionId: newId(),
      agent: 'EmailAgent',
      intent: 'send',
      tool: 'email.send',
      status: 'pending',
      preview: { title: 'Mail', recipients: ['ann@example.com'], body: 'Hello' },
      argumentsHash: 'abc',
      requestedBy: 'cli',
      fourEyes: false,
      expiresAt: new Date().toISOString(),
      createdAt: new Date().toISOString(),
    },
  ])
  const connectionId = await withTenant(http.database, foreign, (tx) =>
    addConnection(tx, http.parts.masterKey, {
      connector: 'email',
      name: 'email',
      mode: 'sandbox',
      settings: {},
      credentials: undefined,
    }),
  )
  const keys = await http.send('GET', '/v1/api-keys', { headers: theirs })
  const [apiKey] = routes.listApiKeys.responses[200].schema.parse(await keys.json()).apiKeys
  const call = makeLlmCall(run.id)
  const execution = makeToolExecution(run.id)
  http.memory.llmCalls.set(foreign, [call])
  http.memory.toolExecutions.set(foreign, [execution])
  const cases: readonly (readonly [Route, string])[] = [
    [routes.getRun, run.id],
    [routes.resumeRun, run.id],
    [routes.cancelRun, run.id],
    [routes.forkRun, run.id],
    [routes.compareRuns, run.id],
    [routes.streamRunEvents, run.id],
    [routes.approve, approvalId],
    [routes.deny, approvalId],
    [routes.getRunStep, run.id],
    [routes.getLlmCall, call.id],
    [routes.getToolExecution, execution.id],
    [routes.settleToolExecution, execution.id],
    [routes.revokeApiKey, apiKey?.id ?? ''],
    [routes.checkConnection, connectionId],
    [routes.getBrand, 'acme'],
  ]
  const mine = await http.keyWith(permissions)
  for (const [route, id] of cases) {
    const body = route.id === 'settleToolExecution' ? { body: { outcome: 'failed' } } : bodyOf(route)
    const ask = (path: string) => http.send(route.method.toUpperCase(), path, { headers: mine, ...body })
    const answers = [await ask(pathOf(route, id)), await ask(pathOf(route))]
    expect(answers.map(({ status }) => status)).toEqual([404, 404])
    const [first, second] = await Promise.all(answers.map(problemOf))
    expect(first).toEqual(second)
  }
  for (const path of [
    `/v1/runs/${run.id}`,
    `/v1/runs/${run.id}/steps/write`,
    `/v1/llm-calls/${call.id}`,
    `/v1/tool-executions/${execution.id}`,
  ]) {
    expect((await http.send('GET', path, { headers: theirs })).status).toBe(200)
  }
  expect(http.memory.decisions).toEqual([])
})

test('a session acts with its cookie from its own page, and from nowhere else', async () => {
  const cookie = await http.signIn()
  const me = await http.send('GET', '/v1/me', { headers: { cookie } })
  expect(await me.json()).toMatchObject({ user: { email: http.owner.email }, organization: { slug: 'default' } })

  const put = (headers: Record<string, string>) =>
    http.send('PUT', '/v1/organization', {
      headers: { cookie, ...headers },
      body: { name: 'Hub', timeZone: 'Europe/Berlin' },
    })
  expect((await put({ origin: publicUrl })).status).toBe(200)
  expect((await put({ 'sec-fetch-site': 'same-origin' })).status).toBe(200)
  const refused = [
    {},
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'http://other.localhost:3000' },
  ]
  for (const headers of refused) {
    const response = await put(headers)
    expect(await problemOf(response)).toMatchObject({ status: 403, code: 'http.cross_site' })
  }
})

test('a user without an organization is told to choose one, and a foreign one is not there', async () => {
  const cookie = await http.signIn()
  const foreign = await addOrganization(http.database, 'Elsewhere')
  for (const name of [foreign, newId()]) {
    const response = await http.send('GET', '/v1/organization', { headers: { cookie, 'x-organization': name } })
    expect(await problemOf(response)).toMatchObject({ status: 404, code: 'identity.organization_unknown' })
  }
})

test('sign-up is closed over HTTP', async () => {
  const response = await http.send('POST', '/api/auth/sign-up/email', {
    headers: { origin: publicUrl },
    body: { name: 'Eve', email: 'eve@example.com', password: 'a long password' },
  })
  expect(response.status).toBe(403)
})

test('a key makes no key that may do more than itself', async () => {
  const headers = await http.keyWith(['api_keys:manage', 'runs:read'])
  const create = (scopes: readonly string[]) =>
    http.send('POST', '/v1/api-keys', { headers, body: { name: 'Child', scopes } })
  expect((await problemOf(await create(['runs:write']))).code).toBe('http.scopes_exceed')
  const created = await create(['runs:read'])
  expect(created.status).toBe(201)
  const { key, apiKey } = routes.createApiKey.responses[201].schema.parse(await created.json())
  const child = { authorization: `Bearer ${key}` }
  expect((await http.send('GET', '/v1/runs', { headers: child })).status).toBe(200)
  expect((await http.send('DELETE', `/v1/api-keys/${apiKey.id}`, { headers })).status).toBe(200)
  expect(await problemOf(await http.send('GET', '/v1/runs', { headers: child }))).toMatchObject({
    status: 401,
    code: 'identity.credentials_refused',
  })
})

test("what changes something is found in the audit log, in the caller's name", async () => {
  await http.send('PUT', '/v1/organization', {
    headers: http.operator,
    body: { name: 'Renamed', timeZone: 'UTC' },
  })
  await http.send('POST', '/v1/runs', {
    headers: http.operator,
    body: { agent: 'SEOAgent', intent: 'seo-audit', input: {} },
  })
  const response = await http.send('GET', '/v1/audit-logs?limit=2', { headers: http.operator })
  const { entries, nextBefore } = routes.listAuditLogs.responses[200].schema.parse(await response.json())
  expect(entries).toMatchObject([
    { actor: 'cli', action: 'run.started', detail: { agent: 'SEOAgent' } },
    { actor: 'cli', action: 'organization.updated', detail: { name: 'Renamed' } },
  ])
  expect(nextBefore).toBe(entries[1]?.id)
  const older = await http.send('GET', `/v1/audit-logs?before=${nextBefore}`, { headers: http.operator })
  const page = routes.listAuditLogs.responses[200].schema.parse(await older.json())
  expect(page.entries.every(({ id }) => id < (nextBefore ?? ''))).toBe(true)
})
