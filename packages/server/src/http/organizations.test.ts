import { routes } from '@neonhub/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../../test/http-app.ts'

let http: TestApp
beforeAll(async () => {
  http = await openTestApp()
})
afterAll(() => http.close())

const create = (body: unknown) => http.send('POST', '/v1/organizations', { headers: http.operator, body })
const inside = (slug: string, path: string) =>
  http.send('GET', path, { headers: { ...http.operator, 'x-organization': slug } })

test('a client that was added has its owner, its sandboxes and its own audit log', async () => {
  const response = await create({ slug: 'acme', name: 'Acme', timeZone: 'Europe/Berlin' })
  expect(response.status).toBe(201)
  expect(await response.json()).toMatchObject({ slug: 'acme', name: 'Acme', timeZone: 'Europe/Berlin' })
  const { connections } = routes.listConnections.responses[200].schema.parse(
    await (await inside('acme', '/v1/connections')).json(),
  )
  expect(connections.map(({ name, mode }) => `${name} ${mode}`)).toEqual([
    'email sandbox',
    'slack sandbox',
    'webhook sandbox',
  ])
  const { entries } = routes.listAuditLogs.responses[200].schema.parse(
    await (await inside('acme', '/v1/audit-logs')).json(),
  )
  expect(entries.map(({ action }) => action)).toEqual(['organization.created'])
  const me = await http.send('GET', '/v1/me', { headers: { cookie: await http.signIn() } })
  expect(await me.json()).toMatchObject({ organizations: [{ slug: 'default' }, { slug: 'acme', role: 'owner' }] })
})

test('a slug is taken once, and whoever owns it must be known', async () => {
  expect((await create({ slug: 'acme' })).status).toBe(409)
  expect((await create({ slug: 'ACME' })).status).toBe(400)
  expect((await create({ slug: 'other', owner: 'nobody@example.com' })).status).toBe(400)
  expect((await create({ slug: 'other', timeZone: 'Mars/Olympus' })).status).toBe(400)
})

test('with two clients the operator has to say for which', async () => {
  const { authorization } = http.operator
  const response = await http.send('GET', '/v1/runs', { headers: { authorization } })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({
    code: 'identity.organization_required',
    hint: expect.stringContaining('default, acme'),
  })
  expect((await inside('acme', '/v1/runs')).status).toBe(200)
})
