import { MetricSeries, RecordedMetrics } from '@neonhub/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOrganization } from '../../test/database.ts'
import { openTestApp, type TestApp } from '../../test/http-app.ts'
import { newId } from '../base/ids.ts'
import { withTenant } from '../db/index.ts'

let http: TestApp
beforeAll(async () => {
  http = await openTestApp()
  const { organizationId: organization_id } = http
  await withTenant(http.database, organization_id, (tx) =>
    tx.insertInto('brands').values({ organization_id, id: newId(), slug: 'mills', name: 'Mills' }).execute(),
  )
})
afterAll(() => http.close())

const event = { brand: 'mills', metric: 'clicks', value: 5, occurredAt: '2026-05-04T10:00:00+02:00', source: 'shop' }
const record = (events: unknown, headers: Record<string, string> = http.operator) =>
  http.send('POST', '/v1/metrics', { headers, body: { events } })
const span = 'from=2026-05-01T00:00:00Z&to=2026-06-01T00:00:00Z'

test('facts are taken in once and read by groups, by whoever may', async () => {
  const batch = [
    { ...event, key: '1' },
    { ...event, key: '2', value: 7 },
  ]
  const first = RecordedMetrics.parse(await (await record(batch)).json())
  expect(first).toMatchObject({ recorded: 2, known: 0, differing: 0 })
  const again = RecordedMetrics.parse(await (await record([...batch, { ...event, key: '1', value: 6 }])).json())
  expect(again).toEqual({
    recorded: 0,
    known: 2,
    differing: 1,
    results: [
      { key: '1', status: 'known' },
      { key: '2', status: 'known' },
      { key: '1', status: 'differs' },
    ],
  })
  const reader = await http.keyWith(['metrics:read'])
  const response = await http.send('GET', `/v1/metrics?${span}&by=month&groupBy=brand`, { headers: reader })
  expect(MetricSeries.parse(await response.json())).toMatchObject({
    by: 'month',
    series: [{ metric: 'clicks', group: { key: 'mills', label: 'Mills' }, total: 12, count: 2, values: [12] }],
  })
  expect((await record(batch, reader)).status).toBe(403)
  const stranger = await http.keyWith(['metrics:read', 'metrics:write'], await addOrganization(http.database))
  expect(await (await http.send('GET', `/v1/metrics?${span}`, { headers: stranger })).json()).toMatchObject({
    series: [],
  })
  expect((await record(batch, stranger)).status).toBe(400)
  const audit = await (await http.send('GET', '/v1/audit-logs', { headers: http.operator })).text()
  expect(audit).toContain('metrics.recorded')
})

test('a fact that says what cannot be is refused with its place', async () => {
  for (const [change, place] of [
    [{ metric: 'Click rate' }, 'metric'],
    [{ value: 12.5, currency: 'EUR' }, 'value'],
    [{ unit: 'seconds', currency: 'EUR' }, 'unit'],
    [{ currency: 'euro' }, 'currency'],
    [{ occurredAt: '2026-05-04' }, 'occurredAt'],
    [{ key: '' }, 'key'],
  ] as const) {
    const refused = await record([{ ...event, key: 'x', ...change }])
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining(`events[0].${place}`)])
  }
  const many = Array.from({ length: 1001 }, (_, index) => ({ ...event, key: `${index}` }))
  expect((await record(many)).status).toBe(400)
  expect((await record(many.slice(1).map((one) => ({ ...one, metric: 'many' })))).status).toBe(200)
})
