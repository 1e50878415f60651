import { fillPath, routes, type RunEvent } from '@neonhub/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeLlmCall, makeRun, makeStep, makeToolExecution, openTestApp, type TestApp } from '../../test/http-app.ts'
import { newId } from '../base/ids.ts'

let http: TestApp
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 1000 })
})
afterAll(() => http.close())

const start = { agent: 'SEOAgent', intent: 'seo-audit', input: { url: 'https://example.com' } }

test("starting a run hands over the request in the caller's name", async () => {
  const response = await http.send('POST', '/v1/runs', {
    headers: { ...http.operator, 'idempotency-key': 'once' },
    body: { ...start, brand: 'acme' },
  })
  expect(response.status).toBe(202)
  expect(http.memory.started.at(-1)).toEqual({
    ...start,
    brand: 'acme',
    requestedBy: 'cli',
    approveAll: false,
    idempotencyKey: 'once',
  })
})

test('a caller who waits gets the settled run', async () => {
  const response = await http.send('POST', '/v1/runs', { headers: http.operator, body: { ...start, wait: true } })
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ agent: 'SEOAgent', status: 'succeeded' })
})

test('approveAll is for those who may approve', async () => {
  const send = async (headers: Record<string, string>) =>
    http.send('POST', '/v1/runs', { headers, body: { ...start, approveAll: true } })
  expect((await send(await http.keyWith(['runs:write']))).status).toBe(403)
  expect((await send(await http.keyWith(['runs:write', 'approvals:decide']))).status).toBe(202)
})

test('runs come in pages, newest first', async () => {
  const paged = await openTestApp()
  const runs = Array.from({ length: 5 }, () => paged.memory.addRun(paged.organizationId, makeRun()))
  const list = async (query: string) => {
    const response = await paged.send('GET', `/v1/runs?${query}`, { headers: paged.operator })
    return routes.listRuns.responses[200].schema.parse(await response.json())
  }
  const first = await list('limit=3')
  expect(first.runs.map(({ id }) => id)).toEqual(
    runs
      .slice(2)
      .map(({ id }) => id)
      .toReversed(),
  )
  const second = await list(`limit=3&before=${first.nextBefore}`)
  expect(second.runs).toHaveLength(2)
  expect(second.nextBefore).toBeUndefined()
  await paged.close()
})

test('a decision carries the hash that was shown, and the caller', async () => {
  const id = newId()
  const run = http.memory.addRun(http.organizationId, makeRun())
  http.memory.approvals.set(http.organizationId, [
    {
      id,
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
  const body = { argumentsHash: 'abc', note: 'fine' }
  await http.send('POST', `/v1/approvals/${id}/approve`, { headers: http.operator, body })
  await http.send('POST', `/v1/approvals/${id}/deny`, { headers: http.operator })
  expect(http.memory.decisions).toEqual([
    { id, approve: true, by: 'cli', note: 'fine', argumentsHash: 'abc' },
    { id, approve: false, by: 'cli', note: undefined },
  ])
})

test('a step is answered with its output, a model call with its prompt, and a tool execution with its arguments', async () => {
  const run = http.memory.addRun(http.organizationId, makeRun())
  const call = makeLlmCall(run.id)
  const execution = makeToolExecution(run.id)
  http.memory.llmCalls.set(http.organizationId, [call])
  http.memory.toolExecutions.set(http.organizationId, [execution])
  const get = async (path: string) => (await http.send('GET', path, { headers: http.operator })).json()
  const key = 'write: 100 % / "done"'
  const { id } = http.memory.addRun(http.organizationId, makeRun({ steps: [makeStep(key)] }))
  expect(await get(fillPath(routes.getRunStep, { id, key }))).toMatchObject({ key, output: { written: true } })
  expect(await get(`/v1/llm-calls/${call.id}`)).toEqual(call)
  expect(await get(`/v1/tool-executions/${execution.id}`)).toEqual(execution)
})

const eventOf = (runId: string, id: number, type: RunEvent['type'] = 'step'): RunEvent => ({
  id,
  type,
  data: { runId },
})

/** The ids and types of a whole stream, heartbeats as `:`. */
async function readStream(response: Response): Promise<readonly string[]> {
  const text = await response.text()
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => (block === ':' ? ':' : block.replace(/^id: (\d+)\nevent: (\w+)\n[^]*/, '$1 $2')))
}

test("a run's events stream in order, live, and end with the run", async () => {
  const run = http.memory.addRun(http.organizationId, makeRun({ status: 'running' }))
  const events = [eventOf(run.id, 1)]
  http.memory.events.set(run.id, events)
  const response = await http.send('GET', `/v1/runs/${run.id}/events`, { headers: http.operator })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  setTimeout(() => events.push(eventOf(run.id, 2, 'llm')), 60)
  setTimeout(() => {
    events.push(eventOf(run.id, 3, 'run'))
    http.memory.setStatus(run.id, 'succeeded')
  }, 90)
  const stream = await readStream(response)
  expect(stream).toContain(':')
  expect(stream.filter((block) => block !== ':')).toEqual(['1 step', '2 llm', '3 run', '3 end'])
})

test('a reader goes on after the last event that it has', async () => {
  const run = http.memory.addRun(http.organizationId, makeRun())
  http.memory.events.set(
    run.id,
    Array.from({ length: 450 }, (_, index) => eventOf(run.id, index + 1)),
  )
  const read = async (query: string, headers: Record<string, string> = {}) =>
    readStream(
      await http.send('GET', `/v1/runs/${run.id}/events${query}`, { headers: { ...http.operator, ...headers } }),
    )
  expect(await read('')).toHaveLength(451)
  expect(await read('', { 'last-event-id': '448' })).toEqual(['449 step', '450 step', '450 end'])
  expect(await read('?after=449')).toEqual(['450 step', '450 end'])
  expect(await read('?after=450')).toEqual(['450 end'])
})

test("a reader who leaves ends the stream's work", async () => {
  const run = http.memory.addRun(http.organizationId, makeRun({ status: 'running' }))
  let reads = 0
  const { listRunEvents } = http.parts.services
  Object.assign(http.parts.services, {
    listRunEvents: (...call: Parameters<typeof listRunEvents>) => {
      reads += 1
      return listRunEvents(...call)
    },
  })
  const response = await http.send('GET', `/v1/runs/${run.id}/events`, { headers: http.operator })
  const reader = response.body?.getReader()
  await reader?.read()
  await reader?.cancel()
  await new Promise((resolve) => setTimeout(resolve, 50))
  const readsAfterLeaving = reads
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(reads).toBe(readsAfterLeaving)
  Object.assign(http.parts.services, { listRunEvents })
})

test('an import tells its progress, then its result, and a failure as a problem without its inside', async () => {
  const read = async (source: string) => {
    const response = await http.send('POST', '/v1/brands/import', { headers: http.operator, body: { source } })
    return response.text()
  }
  const done = await read('/brand')
  expect(done).toMatch(/^event: progress\ndata: \{"stage":"read".*\n\nevent: result\ndata: \{"brand"/)
  const failed = await read('/missing')
  expect(failed).toContain('event: problem\ndata: {"type":"about:blank"')
  expect(failed).not.toContain('secret')
})

test('the catalogue shows what each intent takes', async () => {
  const response = await http.send('GET', '/v1/agents', { headers: http.operator })
  expect(await response.json()).toMatchObject({
    agents: [
      { name: 'SEOAgent', intents: [{ name: 'seo-audit', input: { properties: { url: { type: 'string' } } } }] },
    ],
  })
})
