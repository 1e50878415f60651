import { routes } from '@neonhub/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openTestApp, type TestApp } from '../../test/http-app.ts'

let http: TestApp
let manager: Record<string, string>
let editor: Record<string, string>
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 10_000 })
  manager = await http.keyWith(['runs:read', 'agents:manage', 'audit:read'])
  editor = await http.keyWith(['runs:read', 'runs:write'])
})
afterAll(() => http.close())

const call = async (method: string, path: string, body?: unknown, as = manager) => {
  const response = await http.send(method, path, { headers: as, ...(body === undefined ? {} : { body }) })
  const json: unknown = await response.json()
  return { status: response.status, body: z.looseObject({}).parse(json) }
}
const agent = '/v1/agents/SEOAgent'

test('a policy is set, read back with who and when, and kept as a version', async () => {
  const rules = {
    tools: [],
    sendWindow: { timeZone: 'Europe/Berlin', hours: [{ days: [1], from: '09:00', to: '17:30' }] },
  }
  expect(await call('PUT', `${agent}/policy`, { rules, note: 'Quiet', expectedVersion: 0 })).toMatchObject({
    status: 200,
    body: { version: 1, rules, note: 'Quiet', actor: expect.stringMatching(/^api_key:/) },
  })
  expect(await call('PUT', `${agent}/policy`, { rules: {}, expectedVersion: 0 })).toMatchObject({
    status: 409,
    body: { code: 'runtime.policy_changed' },
  })
  expect((await call('GET', `${agent}/settings`)).body).toMatchObject({
    status: 'active',
    policy: { version: 1, rules },
  })
  expect((await call('GET', `${agent}/policies`)).body).toMatchObject({ policies: [{ version: 1 }] })
  expect((await call('GET', '/v1/audit-logs')).body).toMatchObject({
    entries: expect.arrayContaining([
      expect.objectContaining({ action: 'agent.policy_set', subject: 'agent:SEOAgent' }),
    ]),
  })
})

test('what is no policy is refused with its place', async () => {
  const set = (rules: object) => call('PUT', `${agent}/policy`, { rules })
  expect(await set({ tools: ['email.send'] })).toMatchObject({
    status: 400,
    body: { code: 'runtime.policy_invalid', issues: [{ path: 'tools[0]' }] },
  })
  const hours = [{ days: [8], from: '9:00', to: '17:00' }]
  expect(await set({ sendWindow: { timeZone: 'UTC', hours } })).toMatchObject({ status: 400 })
  expect(await set({ widen: true })).toMatchObject({ status: 400, body: { code: 'http.request_invalid' } })
  expect(await call('PUT', '/v1/agents/Nobody/policy', { rules: {} })).toMatchObject({
    status: 404,
    body: { code: 'runtime.agent_unknown' },
  })
})

test('an agent is configured with a model that can be asked, and is paused and resumed', async () => {
  const configure = (body: object) => call('PUT', `${agent}/configuration`, body)
  expect(await configure({ model: 'sandbox:composer', temperature: 0.2 })).toMatchObject({
    status: 200,
    body: { version: 1, model: 'sandbox:composer', temperature: 0.2 },
  })
  expect(await configure({ model: 'nobody:none' })).toMatchObject({ status: 400 })
  expect(await configure({ model: 'openai:gpt-5' })).toMatchObject({ body: { code: 'llm.provider_not_configured' } })
  expect(await configure({ temperature: 3 })).toMatchObject({ status: 400 })
  expect(await configure({ brand: 'nobodys' })).toMatchObject({ status: 404 })
  expect((await call('POST', `${agent}/pause`)).body).toMatchObject({ status: 'paused' })
  expect((await call('GET', '/v1/agents')).body).toMatchObject({ agents: [{ name: 'SEOAgent', status: 'paused' }] })
  expect((await call('POST', `${agent}/resume`)).body).toMatchObject({ status: 'active' })
})

test('a prompt that is not there, and a draft by who may only read, are refused', async () => {
  const draft = { agent: 'SEOAgent', intent: 'seo-audit', key: 'no such', task: 'Write.' }
  expect(await call('POST', '/v1/prompts/drafts', draft, editor)).toMatchObject({
    status: 404,
    body: { code: 'runtime.prompt_unknown' },
  })
  expect((await call('POST', '/v1/prompts/drafts', draft)).status).toBe(403)
  expect((await call('GET', '/v1/prompts')).body).toEqual({ prompts: [] })
})

test('who may not manage agents changes nothing', async () => {
  const answers = [
    await call('PUT', `${agent}/policy`, { rules: {} }, editor),
    await call('PUT', `${agent}/configuration`, {}, editor),
    await call('POST', `${agent}/pause`, undefined, editor),
    await call('POST', '/v1/prompts/revert', { agent: 'SEOAgent', intent: 'a', key: 'b' }, editor),
  ]
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403])
})

test('tools are listed as the contract says', async () => {
  const { status, body } = await call('GET', '/v1/tools')
  expect(status).toBe(200)
  routes.listTools.responses[200].schema.parse(body)
})
