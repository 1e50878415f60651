import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOrganization } from '../../test/database.ts'
import { makeRun, makeStep, openTestApp, type TestApp } from '../../test/http-app.ts'
import { newId } from '../base/ids.ts'
import { withTenant } from '../db/index.ts'
import { writeRun } from '../runtime/index.ts'

let http: TestApp
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 1000 })
})
afterAll(() => http.close())

test('a run and its steps are marked by whoever may, and what is foreign or absent is not there', async () => {
  const { runId } = await withTenant(http.database, http.organizationId, (tx) =>
    writeRun(tx, http.parts.services.agents, {
      agent: 'SEOAgent',
      intent: 'seo-audit',
      input: { url: 'https://shop.example/' },
      requestedBy: 'cli',
    }),
  )
  http.memory.addRun(http.organizationId, makeRun({ id: runId, steps: [makeStep('write')] }))
  const path = `/v1/runs/${runId}/scores`
  const headers = http.operator
  const mark = (body: unknown, sent = headers as Record<string, string>, to = path) =>
    http.send('POST', to, { headers: sent, body })

  expect((await mark({ value: 0.8, comment: 'Reads well' })).status).toBe(201)
  expect((await mark({ value: 0, name: 'facts', stepKey: 'write' })).status).toBe(201)
  expect(await (await http.send('GET', path, { headers })).json()).toMatchObject({
    scores: [
      { runId, name: 'facts', value: 0, stepKey: 'write', scoredBy: 'cli' },
      { runId, name: 'quality', value: 0.8, comment: 'Reads well' },
    ],
  })
  for (const wrong of [{ value: 1.1 }, { value: -1 }, {}, { value: 1, name: '' }])
    expect((await mark(wrong)).status).toBe(400)
  expect((await mark({ value: 1, stepKey: 'no such step' })).status).toBe(404)
  const reader = await http.keyWith(['runs:read'])
  expect((await mark({ value: 1 }, reader)).status).toBe(403)
  const stranger = await http.keyWith(['runs:read', 'runs:write'], await addOrganization(http.database))
  for (const foreign of [path, `/v1/runs/${newId()}/scores`]) {
    expect((await mark({ value: 1 }, stranger, foreign)).status).toBe(404)
    expect((await http.send('GET', foreign, { headers: stranger })).status).toBe(404)
  }
  const audit = await (await http.send('GET', '/v1/audit-logs', { headers })).text()
  expect(audit).toContain('run.scored')
})
