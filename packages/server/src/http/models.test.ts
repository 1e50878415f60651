import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { sql, withTenant } from '../db/index.ts'
import { openTestApp, type TestApp } from '../../test/http-app.ts'

let http: TestApp
let manager: Record<string, string>
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 10_000 })
  manager = await http.keyWith([
    'connections:read',
    'connections:write',
    'organization:manage',
    'agents:manage',
    'audit:read',
  ])
})
afterAll(() => http.close())

const call = async (method: string, path: string, body?: unknown) => {
  const response = await http.send(method, path, { headers: manager, ...(body === undefined ? {} : { body }) })
  const json: unknown = await response.json()
  return { status: response.status, body: z.looseObject({}).parse(json), text: JSON.stringify(json) }
}

test('an account is set, shown without its key, changes what is asked, and goes again', async () => {
  expect((await call('GET', '/v1/inference-endpoints')).body).toMatchObject({
    endpoints: [],
    defaultModel: 'sandbox:composer',
  })
  const set = await call('PUT', '/v1/inference-endpoints/openai', { apiKey: 'sk-secret-key', defaultModel: 'gpt-5' })
  expect(set).toMatchObject({ status: 200, body: { provider: 'openai', hasKey: true, defaultModel: 'gpt-5' } })
  const list = await call('GET', '/v1/inference-endpoints')
  expect(list.body).toMatchObject({ defaultModel: 'openai:gpt-5', endpoints: [{ provider: 'openai' }] })
  const audit = await call('GET', '/v1/audit-logs')
  expect(audit.text).toContain('inference_endpoint.set')
  expect(set.text + list.text + audit.text).not.toContain('sk-secret-key')
  expect(await call('DELETE', '/v1/inference-endpoints/openai')).toMatchObject({ status: 200 })
  expect(await call('DELETE', '/v1/inference-endpoints/openai')).toMatchObject({ status: 404 })
  expect(await call('POST', '/v1/inference-endpoints/openai/check', {})).toMatchObject({ status: 404 })
})

test('fallback models are checked when they are set, for the organization and for an agent, and shown with paused providers', async () => {
  await call('PUT', '/v1/inference-endpoints/openai', { apiKey: 'sk-secret-key' })
  const models = ['openai:gpt-5', 'sandbox:composer']
  expect(await call('PUT', '/v1/fallback-models', { models })).toMatchObject({ status: 200, body: { models } })
  const { database, organizationId } = http
  await withTenant(database, organizationId, (tx) =>
    sql`select note_model_fault('openai', 1, 60000, '{"message": "away"}')`.execute(tx),
  )
  expect((await call('GET', '/v1/inference-endpoints')).body).toMatchObject({
    fallbackModels: models,
    breakers: [{ provider: 'openai', faults: 1, error: 'away', openUntil: expect.any(String) }],
  })
  const resume = () => call('POST', '/v1/model-providers/openai/resume')
  expect((await resume()).body).toEqual({ provider: 'openai', wasFailing: true })
  expect((await resume()).body).toEqual({ provider: 'openai', wasFailing: false })
  const configure = (fallbackModels: unknown) => call('PUT', '/v1/agents/SEOAgent/configuration', { fallbackModels })
  expect(await configure(['sandbox:composer'])).toMatchObject({ body: { fallbackModels: ['sandbox:composer'] } })
  expect(await configure([])).toMatchObject({ status: 200, body: { fallbackModels: [] } })
  const faulty = [
    ['anthropic:claude-sonnet-5-5'],
    ['nobody:x'],
    ['composer'],
    ['sandbox:composer', 'sandbox:composer'],
    ['openai:a', 'openai:b', 'openai:c', 'openai:d'],
  ]
  for (const refused of faulty) {
    expect([refused, (await configure(refused)).status]).toEqual([refused, 400])
    expect([refused, (await call('PUT', '/v1/fallback-models', { models: refused })).status]).toEqual([refused, 400])
  }
  expect((await call('GET', '/v1/inference-endpoints')).body).toMatchObject({ fallbackModels: models })
  const audit = await call('GET', '/v1/audit-logs')
  for (const action of ['fallback_models.set', 'model_provider.resumed']) expect(audit.text).toContain(action)
  await call('DELETE', '/v1/inference-endpoints/openai')
})

const price = {
  provider: 'openai',
  model: 'gpt-5',
  effectiveFrom: '2026-01-01',
  currency: 'USD',
  input: 1_000_000,
  cacheRead: 100_000,
  cacheWrite: 1_250_000,
  output: 8_000_000,
}

test('what is no account or no price is refused with its place', async () => {
  const faults: readonly (readonly [string, unknown, string])[] = [
    ['/v1/inference-endpoints/openai', {}, 'apiKey'],
    ['/v1/inference-endpoints/compatible', { apiKey: 'x' }, 'baseUrl'],
    ['/v1/inference-endpoints/compatible', { baseUrl: 'file:///etc/passwd' }, 'baseUrl'],
    ['/v1/inference-endpoints/nobody', { apiKey: 'x' }, 'provider'],
    ['/v1/model-prices', { ...price, output: -1 }, 'output'],
    ['/v1/model-prices', { ...price, effectiveFrom: '2026-02-30' }, 'effectiveFrom'],
    ['/v1/model-prices', { ...price, effectiveFrom: '0000-01-01' }, 'effectiveFrom'],
  ]
  for (const [path, body, place] of faults) {
    const answer = await call('PUT', path, body)
    expect([path, answer.status]).toEqual([path, 400])
    expect(answer.text).toContain(place)
  }
})

test('a price is set, read back, set anew for the same day, and taken away', async () => {
  const first = await call('PUT', '/v1/model-prices', price)
  expect(first).toMatchObject({ status: 200, body: price })
  await call('PUT', '/v1/model-prices', { ...price, output: 7_000_000 })
  const list = await call('GET', '/v1/model-prices')
  expect(list.body).toMatchObject({ prices: [{ ...price, output: 7_000_000 }] })
  const { prices } = z.object({ prices: z.tuple([z.object({ id: z.string() })]) }).parse(list.body)
  expect(await call('DELETE', `/v1/model-prices/${prices[0].id}`)).toMatchObject({
    status: 200,
    body: { model: 'gpt-5' },
  })
  expect(await call('DELETE', `/v1/model-prices/${prices[0].id}`)).toMatchObject({ status: 404 })
})
