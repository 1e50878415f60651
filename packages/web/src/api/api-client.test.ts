import { routes } from '@neonhub/contract'
import { expect, test } from 'vitest'
import { createApi } from './api-client.ts'
import { toApiError } from './api-error.ts'

const id = '0193545a-0000-7000-8000-000000000001'
const organization = { id, name: 'Hollow Lane', slug: 'hollow', timeZone: 'Europe/Berlin', requireTwoFactor: false }

function apiAnswering(answer: Response | Error, chosen?: string) {
  const requests: { readonly address: string; readonly init: RequestInit | undefined }[] = []
  const api = createApi({
    organization: () => chosen,
    fetch: async (input, init) => {
      requests.push({ address: String(input), init })
      if (answer instanceof Error) throw answer
      return answer
    },
  })
  return { api, requests }
}

const failureOf = async (call: Promise<unknown>) => toApiError(await call.then(() => undefined).catch((error) => error))

test('a call fills in its path and query, and names the chosen organization', async () => {
  const { api, requests } = apiAnswering(Response.json({ runs: [] }), 'org-1')
  await api.call(routes.listRuns, { query: { status: 'failed', before: undefined, limit: 5 } })
  expect(requests[0]?.address).toBe('/v1/runs?status=failed&limit=5')
  expect(requests[0]?.init?.headers).toEqual({ accept: 'application/json', 'x-organization': 'org-1' })
})

test('a body is sent as JSON', async () => {
  const { api, requests } = apiAnswering(Response.json(organization))
  await api.call(routes.updateOrganization, { body: { name: 'A', timeZone: 'Europe/Berlin' } })
  expect(requests[0]?.init).toMatchObject({ method: 'PUT', body: '{"name":"A","timeZone":"Europe/Berlin"}' })
  expect(requests[0]?.init?.headers).toMatchObject({ 'content-type': 'application/json' })
})

test('the answer is parsed by the contract', async () => {
  const { api } = apiAnswering(Response.json({ ...organization, later: 'addition' }))
  expect(await api.call(routes.getOrganization, {})).toEqual(organization)
})

test('problem details become an error with its hint', async () => {
  const problem = {
    type: 'about:blank',
    title: 'Conflict',
    status: 409,
    detail: 'The approval was given to other arguments',
    code: 'runtime.arguments_changed',
    hint: 'Look at it again.',
    issues: [{ path: 'body.argumentsHash', message: 'is another' }],
    requestId: 'req-7',
  }
  const { api } = apiAnswering(Response.json(problem, { status: 409 }))
  const error = await failureOf(api.call(routes.approve, { params: { id }, body: {} }))
  expect(error).toMatchObject({ status: 409, code: problem.code, message: problem.detail, hint: problem.hint })
  expect(error).toMatchObject({ issues: problem.issues, requestId: 'req-7', retryable: false })
})

test('an error page of a proxy is told apart from a problem of ours', async () => {
  const { api } = apiAnswering(new Response('<h1>Bad gateway</h1>', { status: 502, statusText: 'Bad Gateway' }))
  const error = await failureOf(api.call(routes.getMe, {}))
  expect(error).toMatchObject({ status: 502, code: 'web.unexpected_answer', retryable: true })
  expect(error.message).toBe('The server answered 502 Bad Gateway')
})

test('a server that does not answer is named so', async () => {
  const { api } = apiAnswering(new TypeError('fetch failed'))
  expect(await failureOf(api.call(routes.getMe, {}))).toMatchObject({ code: 'web.unreachable', retryable: true })
})

test('an answer of another shape says where', async () => {
  const { api } = apiAnswering(Response.json({ runs: [{ id: 7 }] }))
  const error = await failureOf(api.call(routes.listRuns, {}))
  expect(error.code).toBe('web.unexpected_answer')
  expect(error.message).toContain('listRuns')
  expect(error.message).toContain('runs.0.id')
})

test('a request that was given up throws what stopped it', async () => {
  const stopped = new AbortController()
  stopped.abort()
  const { api } = apiAnswering(new DOMException('aborted', 'AbortError'))
  await expect(api.call(routes.getMe, { signal: stopped.signal })).rejects.toHaveProperty('name', 'AbortError')
})
