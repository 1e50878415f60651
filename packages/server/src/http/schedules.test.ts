import { Schedule, ScheduleFiring } from '@neonhub/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { addOrganization } from '../../test/database.ts'
import { openTestApp, type TestApp } from '../../test/http-app.ts'
import { newId } from '../base/ids.ts'

let http: TestApp
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 1000 })
})
afterAll(() => http.close())

const Told = z.object({ code: z.string(), title: z.string() })

const asked = {
  name: 'Audit of the shop',
  agent: 'SEOAgent',
  intent: 'seo-audit',
  input: { url: 'https://shop.example/' },
  cron: '30 9 * * 1-5',
  timeZone: 'Europe/Berlin',
}

const add = (change: object = {}, headers: Record<string, string> = http.operator) =>
  http.send('POST', '/v1/schedules', { headers, body: { ...asked, ...change } })

test('a schedule is added, fired, paused, backfilled and removed, and leaves its trail', async () => {
  const headers = http.operator
  const response = await add()
  expect(response.status).toBe(201)
  const schedule = Schedule.parse(await response.json())
  expect(schedule).toMatchObject({ ...asked, enabled: true, catchUp: 'last', overlap: 'skip', createdBy: 'cli' })
  expect(schedule.nextTimes).toHaveLength(3)
  const path = `/v1/schedules/${schedule.id}`

  const fired = ScheduleFiring.parse(await (await http.send('POST', `${path}/fire`, { headers })).json())
  expect(fired).toMatchObject({ status: 'started', cause: 'manual' })
  expect(await (await http.send('POST', `${path}/pause`, { headers })).json()).toMatchObject({
    enabled: false,
    nextTimes: [],
  })
  // Monday to Friday, in winter: 08:30 UTC.
  const range = { from: '2026-01-05T00:00:00Z', to: '2026-01-12T00:00:00Z' }
  const filled = await http.send('POST', `${path}/backfill`, { headers, body: range })
  expect(await filled.json()).toEqual({ started: 5, refused: 0, alreadyStarted: 0 })
  const page = await (await http.send('GET', `${path}/firings?limit=2`, { headers })).json()
  expect(page).toMatchObject({
    firings: [{ cause: 'manual' }, { dueAt: '2026-01-09T08:30:00.000Z', cause: 'backfill' }],
    nextBefore: '2026-01-09T08:30:00.000Z',
  })
  expect(await (await http.send('POST', `${path}/resume`, { headers })).json()).toMatchObject({ enabled: true })
  expect((await http.send('DELETE', path, { headers })).status).toBe(200)
  expect((await http.send('GET', path, { headers })).status).toBe(404)
  const audit = await (await http.send('GET', '/v1/audit-logs', { headers })).text()
  for (const event of ['created', 'fired', 'paused', 'backfilled', 'resumed', 'deleted'])
    expect(audit).toContain(`schedule.${event}`)
})

test('what cannot be asked, or is never due, is refused before it is written', async () => {
  const refusals = [
    [{ agent: 'Nobody' }, 'runtime.agent_unknown'],
    [{ input: { url: 7 } }, 'runtime.input_invalid'],
    [{ brand: 'nobodys' }, 'runtime.brand_unknown'],
    [{ cron: 'at nine' }, 'schedules.cron_invalid'],
    [{ cron: '0 0 30 2 *' }, 'schedules.never_due'],
    [{ timeZone: 'Mars/Olympus' }, 'schedules.time_zone_invalid'],
    [{ catchUp: 'all' }, 'schedules.catch_up_overlaps'],
  ] as const
  for (const [change, code] of refusals) expect(await (await add(change)).json()).toMatchObject({ code })
  const listed = await http.send('GET', '/v1/schedules', { headers: http.operator })
  expect(await listed.json()).toEqual({ schedules: [] })
})

test('a foreign schedule is as absent as one that there is not, and reading does not write', async () => {
  const { id } = Schedule.parse(await (await add()).json())
  const stranger = await http.keyWith(['schedules:read', 'schedules:write'], await addOrganization(http.database))
  const body = { from: '2026-01-05T00:00:00Z', to: '2026-01-12T00:00:00Z' }
  for (const [method, end, sent] of [
    ['GET', '', undefined],
    ['DELETE', '', undefined],
    ['POST', '/pause', undefined],
    ['POST', '/resume', undefined],
    ['POST', '/fire', undefined],
    ['GET', '/firings', undefined],
    ['POST', '/backfill', body],
  ] as const) {
    const answers = await Promise.all(
      [id, newId()].map(async (target) => {
        const options = { headers: stranger, ...(sent === undefined ? {} : { body: sent }) }
        const response = await http.send(method, `/v1/schedules/${target}${end}`, options)
        return { status: response.status, ...Told.parse(await response.json()) }
      }),
    )
    expect(answers[0]).toMatchObject({ status: 404, code: 'schedules.not_found' })
    expect(answers[0]).toEqual(answers[1])
  }
  const reader = await http.keyWith(['schedules:read'])
  expect((await add({}, reader)).status).toBe(403)
  expect((await http.send('POST', `/v1/schedules/${id}/fire`, { headers: reader })).status).toBe(403)
})
