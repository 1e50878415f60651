import { routes } from '@neonhub/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openTestApp, type TestApp } from '../../test/http-app.ts'
import { newId } from '../base/ids.ts'

let http: TestApp
let manager: Record<string, string>
let reader: Record<string, string>
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 10_000 })
  manager = await http.keyWith(['budgets:read', 'budgets:manage', 'audit:read'])
  reader = await http.keyWith(['budgets:read'])
})
afterAll(() => http.close())

const call = async (method: string, path: string, body?: unknown, headers = manager) => {
  const response = await http.send(method, path, { headers, ...(body === undefined ? {} : { body }) })
  const json: unknown = await response.json()
  return { status: response.status, body: z.looseObject({}).parse(json), text: JSON.stringify(json) }
}

const mail = { name: 'mail-a-day', scope: 'organization', limits: 'sends', period: 'daily', amount: 5 }
const money = { name: 'models', scope: 'run', limits: 'llm_cost', period: 'total', amount: 1_000_000, currency: 'USD' }

test('a budget is set, set anew, listed, shown, and ended, each on record', async () => {
  expect((await call('GET', '/v1/budgets')).body).toEqual({ budgets: [] })
  const set = await call('PUT', '/v1/budgets', mail)
  expect(set).toMatchObject({ status: 200, body: { ...mail, allowsUnpriced: false, windows: [] } })
  const id = z.string().parse(set.body['id'])
  expect(await call('PUT', '/v1/budgets', { ...mail, amount: 7 })).toMatchObject({
    status: 200,
    body: { id, amount: 7 },
  })
  expect(await call('PUT', '/v1/budgets', money)).toMatchObject({ status: 200, body: money })
  for (const limits of ['tool_cost', 'ad_spend']) {
    const spend = { ...mail, name: limits.replace('_', '-'), limits, currency: 'EUR' }
    const answer = await call('PUT', '/v1/budgets', spend)
    expect(answer).toMatchObject({ status: 200, body: spend })
    const { id: ended } = routes.setBudget.responses[200].schema.parse(answer.body)
    expect(await call('DELETE', `/v1/budgets/${ended}`)).toMatchObject({ status: 200 })
  }
  expect(await call('GET', '/v1/budgets', undefined, reader)).toMatchObject({
    body: { budgets: [{ id }, { name: 'models' }] },
  })
  expect(await call('GET', `/v1/budgets/${id}`, undefined, reader)).toMatchObject({ status: 200, body: { amount: 7 } })
  expect((await call('GET', `/v1/budgets/${id}/ledger`, undefined, reader)).body).toEqual({ entries: [] })
  const early = await call('POST', `/v1/budgets/${id}/adjustments`, { by: 1 })
  expect(early).toMatchObject({ status: 409, body: { code: 'runtime.budget_no_window' } })
  expect(await call('DELETE', `/v1/budgets/${id}`)).toMatchObject({ status: 200, body: { id } })
  expect(await call('GET', `/v1/budgets/${id}`)).toMatchObject({ status: 404 })
  const audit = await call('GET', '/v1/audit-logs')
  expect(audit.text).toContain('budget.set')
  expect(audit.text).toContain('budget.ended')
})

test('what is no budget is refused with its place', async () => {
  const faults: readonly (readonly [object, string])[] = [
    [{ ...mail, name: 'Mail a day' }, 'name'],
    [{ ...mail, amount: -1 }, 'amount'],
    [{ ...mail, amount: 1.5 }, 'amount'],
    [{ ...mail, amount: 1e300 }, 'amount'],
    [{ ...mail, currency: 'USD' }, 'currency'],
    [{ ...mail, limits: 'llm_cost' }, 'currency'],
    [{ ...mail, scope: 'brand' }, 'brand'],
    [{ ...mail, agent: 'EmailAgent' }, 'agent'],
    [{ ...money, period: 'daily' }, 'period'],
    [{ ...mail, limits: 'ad_spend' }, 'currency'],
    [{ ...mail, limits: 'tool_cost' }, 'currency'],
    [{ ...mail, limits: 'followers' }, 'limits'],
  ]
  for (const [body, place] of faults) {
    const answer = await call('PUT', '/v1/budgets', body)
    expect([place, answer.status]).toEqual([place, 400])
    expect(answer.text).toContain(place)
  }
  expect(await call('PUT', '/v1/budgets', { ...mail, name: 'a', scope: 'brand', brand: 'nobody' })).toMatchObject({
    status: 404,
  })
})

test('who may only read changes nothing, and a foreign budget is an absent one', async () => {
  expect(await call('PUT', '/v1/budgets', mail, reader)).toMatchObject({ status: 403 })
  for (const [method, path] of [
    ['GET', ''],
    ['GET', '/ledger'],
    ['DELETE', ''],
  ] as const) {
    expect(await call(method, `/v1/budgets/${newId()}${path}`)).toMatchObject({
      status: 404,
      body: { code: 'runtime.budget_unknown' },
    })
  }
})
