import { routes } from '@neonhub/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOrganization } from '../../test/database.ts'
import { openTestApp, type TestApp } from '../../test/http-app.ts'
import { withTenant } from '../db/index.ts'

let http: TestApp
beforeAll(async () => {
  http = await openTestApp()
  const { organizationId: organization_id } = http
  const row = { organization_id, agent: 'SEOAgent', intent: 'seo-audit', succeeded: 3, cost_micros: 12 }
  await withTenant(http.database, organization_id, (tx) =>
    tx
      .insertInto('agent_run_metrics')
      .values([
        { ...row, day: '2026-03-29', duration_p50_ms: 40, duration_p95_ms: 90 },
        { ...row, day: '2026-03-30', succeeded: 0, cancelled: 1 },
        { ...row, day: '2026-03-30', agent: 'EmailAgent', failed: 1 },
      ])
      .execute(),
  )
})
afterAll(() => http.close())

test('the days of agents are read from one to another, by whoever may, and no others', async () => {
  const read = async (query: string, headers: Record<string, string> = http.operator) => {
    const response = await http.send('GET', `/v1/agents/metrics?${query}`, { headers })
    expect(response.status).toBe(200)
    return routes.getAgentMetrics.responses[200].schema.parse(await response.json())
  }
  expect(await read('from=2026-03-29&to=2026-03-30&agent=SEOAgent')).toMatchObject({
    timeZone: 'UTC',
    from: '2026-03-29',
    days: [
      { day: '2026-03-29', succeeded: 3, durationP50Ms: 40, durationP95Ms: 90, costMicros: 12 },
      { day: '2026-03-30', succeeded: 0, cancelled: 1 },
    ],
  })
  const { days, from } = await read('to=2026-03-30')
  expect([from, days.map(({ agent }) => agent)]).toEqual(['2026-03-01', ['SEOAgent', 'EmailAgent', 'SEOAgent']])
  expect(days[2]).not.toHaveProperty('durationP50Ms')
  expect((await read('from=2026-03-31&to=2026-04-30')).days).toEqual([])
  const stranger = await http.keyWith(['runs:read'], await addOrganization(http.database))
  expect((await read('to=2026-03-30', stranger)).days).toEqual([])
  const headers = await http.keyWith(['brands:read'])
  expect((await http.send('GET', '/v1/agents/metrics', { headers })).status).toBe(403)
  for (const day of ['yesterday', '0000-01-01']) {
    expect((await http.send('GET', `/v1/agents/metrics?from=${day}`, { headers: http.operator })).status).toBe(400)
  }
})
