import { afterAll, beforeAll, expect, test } from 'vitest'
import { routes } from '@neonhub/contract'
import { z } from 'zod'
import { addOrganization } from '../../test/database.ts'
import { openTestApp, type TestApp } from '../../test/http-app.ts'
import { newId } from '../base/ids.ts'
import { signUnsubscribeToken } from '../base/unsubscribe-token.ts'
import { withTenant } from '../db/index.ts'
import { listAudit } from '../identity/index.ts'
import { addObjective, addPerson, suppressAddress } from '../people/index.ts'

let http: TestApp
let headers: Record<string, string>
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 10_000 })
  headers = await http.keyWith(['people:read', 'people:write', 'organization:manage'])
})
afterAll(() => http.close())

const Named = z.looseObject({ id: z.string() })
const call = async (method: string, path: string, body?: unknown, as = headers) => {
  const response = await http.send(method, path, { headers: as, ...(body === undefined ? {} : { body }) })
  const json: unknown = await response.json()
  return { status: response.status, body: z.looseObject({}).parse(json) }
}
const add = async (address: string, more: object = {}) => {
  const { status, body } = await call('POST', '/v1/people', { identities: [{ channel: 'email', address }], ...more })
  expect(status).toBe(201)
  return Named.parse(body).id
}

test('a person is added, found by part of a name and by address, and shown with what happened', async () => {
  const id = await add('Ann@Example.com', { name: 'Ann Lee', language: 'en', topics: ['repairs'] })
  expect((await call('GET', '/v1/people?search=nn+le')).body).toMatchObject({ people: [{ id, name: 'Ann Lee' }] })
  expect((await call('GET', '/v1/people?address=ANN@example.com&topic=repairs')).body).toMatchObject({
    people: [{ id }],
  })
  expect((await call('GET', '/v1/people?topic=other')).body).toEqual({ people: [] })
  const consent = {
    channel: 'email',
    status: 'granted',
    evidence: { form: 'https://example.com/form', ip: '192.0.2.1' },
  }
  expect((await call('POST', `/v1/people/${id}/consents`, consent)).body).toMatchObject({
    consents: [{ address: 'ann@example.com', purpose: 'marketing', status: 'granted' }],
  })
  expect((await call('POST', `/v1/people/${id}/notes`, { body: 'Prefers mornings' })).status).toBe(201)
  expect((await call('PUT', `/v1/people/${id}/topics`, { topics: ['repairs', 'baking'] })).body).toMatchObject({
    topics: ['baking', 'repairs'],
  })
  const sms = { channel: 'sms', address: '+44 20 7946 0018', verified: true }
  expect((await call('POST', `/v1/people/${id}/identities`, sms)).body).toMatchObject({
    identities: [{ address: 'ann@example.com' }, { address: '+442079460018', verifiedAt: expect.any(String) }],
  })
  const { body } = await call('GET', `/v1/people/${id}`)
  expect(body).toMatchObject({
    ledger: [
      { status: 'granted', source: 'api', evidence: consent.evidence, actor: expect.stringMatching(/^api_key:/) },
    ],
    notes: [{ body: 'Prefers mornings' }],
    timeline: ['topics_changed', 'noted', 'consent_changed', 'created'].map((type) => ({ type })),
  })
})

test('pages of people follow each other without a gap', async () => {
  const ids = []
  for (let index = 0; index < 5; index += 1) ids.push(await add(`page${index}@example.com`))
  const Page = z.looseObject({ people: z.array(Named), nextBefore: z.string().optional() })
  const seen: string[] = []
  for (let before: string | undefined; ;) {
    const page = Page.parse(
      (await call('GET', `/v1/people?search=page&limit=2${before ? `&before=${before}` : ''}`)).body,
    )
    seen.push(...page.people.map(({ id }) => id))
    before = page.nextBefore
    if (before === undefined) break
  }
  expect(seen).toEqual(ids.toReversed())
})

test('an import answers by line, and a second one changes nothing', async () => {
  const lines = [
    { line: 2, cells: { email: 'imp@example.com', consent: 'granted', consent_evidence: 'Form' } },
    { line: 3, cells: { email: 'nonsense' } },
  ]
  const refused = [{ line: 3, reason: 'email: "nonsense" is not an e-mail address' }]
  const send = () => call('POST', '/v1/people/import', { source: 'list.csv', lines })
  expect((await send()).body).toEqual({ added: 1, changed: 0, unchanged: 0, refused })
  expect((await send()).body).toEqual({ added: 0, changed: 0, unchanged: 1, refused })
  const tooMany = Array.from({ length: 501 }, (_, index) => ({ line: index + 2, cells: {} }))
  expect((await call('POST', '/v1/people/import', { source: 'list.csv', lines: tooMany })).status).toBe(400)
  const odd = [{ line: 2, cells: { email: 'a@example.com', isAdmin: 'true' } }]
  expect((await call('POST', '/v1/people/import', { source: 'list.csv', lines: odd })).status).toBe(400)
  expect((await call('POST', '/v1/people/import', { source: 'a\r\nb', lines })).status).toBe(400)
})

test('an objective is set, reached, opened again and dropped, and the log has its states but not its words', async () => {
  const id = await add('aim@example.com')
  const path = `/v1/people/${id}/objectives`
  const set = await call('POST', path, { text: '  Book a demo ', dueOn: '2027-03-31' })
  expect(set).toMatchObject({ status: 201, body: { personId: id, text: 'Book a demo', state: 'open' } })
  expect(set.body).not.toHaveProperty('closedBy')
  await call('POST', path, { text: 'Win back' })
  const objectives = async () => z.array(Named).parse((await call('GET', `/v1/people/${id}`)).body['objectives'])
  expect(await objectives()).toMatchObject([{ text: 'Win back' }, { text: 'Book a demo', dueOn: '2027-03-31' }])
  const put = (state: string) => call('PUT', `/v1/objectives/${String(set.body['id'])}/state`, { state })
  const reached = await put('reached')
  const by = expect.stringMatching(/^api_key:/)
  expect(reached).toMatchObject({ status: 200, body: { state: 'reached', closedBy: by, closedAt: expect.any(String) } })
  expect((await put('reached')).body).toEqual(reached.body)
  expect(await objectives()).toMatchObject([{ text: 'Win back', state: 'open' }, { state: 'reached' }])
  const opened = (await put('open')).body
  expect(opened).toMatchObject({ state: 'open', createdBy: by })
  expect(opened).not.toHaveProperty('closedAt')
  expect((await put('dropped')).body).toMatchObject({ state: 'dropped', closedBy: by })
  const { body } = await call('GET', `/v1/people/${id}`)
  expect(body['timeline']).toMatchObject([
    { type: 'objective_changed', data: { status: 'dropped' } },
    { type: 'objective_changed', data: { status: 'open' } },
    { type: 'objective_changed', data: { status: 'reached' } },
    { type: 'objective_set' },
    { type: 'objective_set' },
    { type: 'created' },
  ])
  const entries = await withTenant(http.database, http.organizationId, (tx) => listAudit(tx, { limit: 1000 }))
  const mine = entries.filter(({ action }) => action.startsWith('person.objective_'))
  expect(mine).toHaveLength(6)
  expect(JSON.stringify(mine)).not.toContain('demo')
})

test('an objective that is empty, too long, of no day or of no such state is refused', async () => {
  const path = `/v1/people/${await add('odd-aim@example.com')}/objectives`
  for (const body of [
    { text: ' ' },
    { text: 'x'.repeat(501) },
    { text: 'x', dueOn: '2027-02-30' },
    { text: 'x', dueOn: '0000-01-01' },
    { text: 'x', dueOn: '2027-03-31T00:00:00Z' },
    { text: 'x', state: 'reached' },
  ]) {
    expect([body, (await call('POST', path, body)).status]).toEqual([body, 400])
  }
  expect((await call('POST', path, { text: 'x'.repeat(500), dueOn: '0001-01-01' })).body).toMatchObject({
    dueOn: '0001-01-01',
  })
  expect((await call('PUT', `/v1/objectives/${newId()}/state`, { state: 'won' })).status).toBe(400)
})

test('a foreign person and an absent one get the same answer from every route', async () => {
  const other = await addOrganization(http.database, 'Other')
  const { masterKey } = http.parts
  const identities = [{ channel: 'email', address: 'far@example.com', verified: false }] as const
  const foreign = await withTenant(http.database, other, (tx) =>
    addPerson(tx, { name: 'Far', language: undefined, identities, topics: [], actor: 'cli', masterKey }),
  )
  const { id: stop } = await withTenant(http.database, other, (tx) =>
    suppressAddress(tx, { channel: 'email', address: 'far@example.com', reason: 'x', actor: 'cli', masterKey }),
  )
  const aim = await withTenant(http.database, other, (tx) =>
    addObjective(tx, { personId: foreign, text: 'Win back', dueOn: undefined, createdBy: 'cli' }),
  )
  expect(aim).toMatchObject({ state: 'open' })
  const asked: readonly (readonly [string, (id: string) => string, unknown, string])[] = [
    ['GET', (id) => `/v1/people/${id}`, undefined, foreign],
    ['POST', (id) => `/v1/people/${id}/consents`, { channel: 'email', status: 'revoked' }, foreign],
    ['POST', (id) => `/v1/people/${id}/notes`, { body: 'x' }, foreign],
    ['POST', (id) => `/v1/people/${id}/identities`, { channel: 'email', address: 'x@example.com' }, foreign],
    ['PUT', (id) => `/v1/people/${id}/topics`, { topics: ['x'] }, foreign],
    ['POST', (id) => `/v1/people/${id}/objectives`, { text: 'x' }, foreign],
    ['PUT', (id) => `/v1/objectives/${id}/state`, { state: 'reached' }, aim?.id ?? ''],
    ['DELETE', (id) => `/v1/suppressions/${id}`, undefined, stop],
  ]
  for (const [method, path, body, id] of asked) {
    const answers = []
    for (const one of [id, newId()]) {
      const { requestId: _requestId, ...answer } = (await call(method, path(one), body)).body
      answers.push(answer)
    }
    expect(answers[0]).toMatchObject({ status: 404 })
    expect(answers[0]).toEqual(answers[1])
  }
  expect((await call('GET', '/v1/people?address=far@example.com')).body).toEqual({ people: [] })
  expect((await call('GET', '/v1/suppressions?address=far@example.com')).body).toEqual({ suppressions: [] })
  const exported = await call('POST', '/v1/people/export', { address: 'far@example.com' })
  expect(exported.status).toBe(404)
})

test('who may only read may not write, and only a manager exports or erases', async () => {
  const reader = await http.keyWith(['people:read'])
  const writer = await http.keyWith(['people:read', 'people:write'])
  const id = await add('perm@example.com')
  expect((await call('GET', `/v1/people/${id}`, undefined, reader)).status).toBe(200)
  for (const [method, path, body] of [
    ['POST', '/v1/people', { identities: [{ channel: 'email', address: 'p@example.com' }] }],
    ['POST', '/v1/people/import', { source: 'x', lines: [] }],
    ['POST', `/v1/people/${id}/notes`, { body: 'x' }],
    ['POST', `/v1/people/${id}/objectives`, { text: 'x' }],
    ['PUT', `/v1/objectives/${newId()}/state`, { state: 'reached' }],
    ['POST', '/v1/suppressions', { address: 'p@example.com' }],
    ['POST', '/v1/topics', { slug: 'p', name: 'P' }],
  ] as const) {
    expect([path, (await call(method, path, body, reader)).status]).toEqual([path, 403])
  }
  for (const [method, path, body] of [
    ['POST', '/v1/people/export', { address: 'perm@example.com' }],
    ['POST', '/v1/people/erase', { address: 'perm@example.com' }],
    ['PUT', '/v1/recipient-policy', { unknownRecipients: 'allow' }],
  ] as const) {
    expect([path, (await call(method, path, body, writer)).status]).toEqual([path, 403])
  }
})

test('an unsubscription is seen at the person, and nothing in the audit log holds the address', async () => {
  const address = 'leaver@example.com'
  const id = await add(address)
  await call('POST', `/v1/people/${id}/consents`, { channel: 'email', status: 'granted', evidence: { text: 'Form' } })
  const { organizationId } = http
  const token = signUnsubscribeToken(http.parts.masterKey, { organizationId, address })
  expect((await http.send('POST', `/unsubscribe/${token}`)).status).toBe(200)
  expect((await call('GET', `/v1/people/${id}`)).body).toMatchObject({
    identities: [{ suppressed: 'unsubscribed' }],
    consents: [{ status: 'revoked' }],
    timeline: [{ type: 'consent_changed' }, { type: 'unsubscribed' }, { type: 'consent_changed' }, { type: 'created' }],
  })
  const { body } = await call('GET', '/v1/suppressions?address=Leaver%2Btag@example.com')
  const { suppressions } = z.object({ suppressions: z.array(Named) }).parse(body)
  expect(suppressions).toMatchObject([{ address, reason: 'unsubscribed', actor: 'person' }])
  const lifted = await call('DELETE', `/v1/suppressions/${suppressions[0]?.id}`)
  expect(lifted.body).toMatchObject({ address })
  const entries = await withTenant(http.database, organizationId, (tx) => listAudit(tx, { limit: 1000 }))
  expect(JSON.stringify(entries)).not.toContain('@example.com')
  const actions = [routes.unsubscribe.audit, 'suppression.lifted', 'person.consent_recorded', 'people.imported']
  expect(entries.map(({ action }) => action)).toEqual(expect.arrayContaining(actions))
})

test('topics and the policy for strangers are read and changed', async () => {
  const topic = { slug: 'clocks', name: 'Clocks', description: 'What ticks' }
  expect((await call('POST', '/v1/topics', topic)).body).toMatchObject({ ...topic, people: 0 })
  expect((await call('POST', '/v1/topics', topic)).body).toMatchObject({ status: 409, code: 'people.topic_taken' })
  expect((await call('GET', '/v1/topics')).body).toMatchObject({
    topics: expect.arrayContaining([expect.objectContaining(topic)]),
  })
  expect((await call('GET', '/v1/recipient-policy')).body).toEqual({ unknownRecipients: 'refuse' })
  expect((await call('PUT', '/v1/recipient-policy', { unknownRecipients: 'allow' })).status).toBe(200)
  expect((await call('GET', '/v1/recipient-policy')).body).toEqual({ unknownRecipients: 'allow' })
})

test('what cannot be taken says why', async () => {
  const id = await add('why@example.com')
  const refused = async (path: string, body: unknown) => (await call('POST', path, body)).body
  expect(await refused('/v1/people', { identities: [{ channel: 'email', address: 'WHY@example.com' }] })).toMatchObject(
    {
      status: 409,
      code: 'people.address_taken',
    },
  )
  expect(await refused('/v1/people', { identities: [{ channel: 'sms', address: '12345' }] })).toMatchObject({
    status: 400,
    code: 'people.address_invalid',
  })
  expect(
    await refused('/v1/people', { name: 'A\nB', identities: [{ channel: 'email', address: 'x@example.com' }] }),
  ).toMatchObject({ status: 400 })
  expect(await refused(`/v1/people/${id}/consents`, { channel: 'email', status: 'granted' })).toMatchObject({
    status: 400,
    code: 'people.evidence_missing',
  })
  expect(await refused(`/v1/people/${id}/consents`, { channel: 'sms', status: 'revoked' })).toMatchObject({
    code: 'people.address_unknown',
  })
})
