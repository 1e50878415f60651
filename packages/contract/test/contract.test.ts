import { expect, test } from 'vitest'
import { fillPath, routes, RunDetail, StartRun } from '../src/index.ts'

test('a path is filled with encoded parameters', () => {
  expect(fillPath(routes.getBrand, { slug: 'a/b c' })).toBe('/v1/brands/a%2Fb%20c')
})

test('a path with a missing parameter is refused', () => {
  expect(() => fillPath(routes.getRun)).toThrow('/v1/runs/{id} needs the parameter id')
})

test('every route stands under its own id, and no two share a method and path', () => {
  for (const [name, route] of Object.entries(routes)) expect(route.id).toBe(name)
  const operations = Object.values(routes).map(({ method, path }) => `${method} ${path}`)
  expect(new Set(operations).size).toBe(operations.length)
})

test('a run is started with known properties only', () => {
  const start = { agent: 'SEOAgent', intent: 'seo-audit', input: {} }
  expect(StartRun.safeParse(start).success).toBe(true)
  expect(StartRun.safeParse({ ...start, organizationId: 'x' }).success).toBe(false)
})

test('child runs carry the same detail as their parent', () => {
  const id = '019a0000-0000-7000-8000-000000000000'
  const at = '2026-01-02T03:04:05.678Z'
  const run = {
    id,
    agent: 'SEOAgent',
    intent: 'seo-audit',
    status: 'succeeded',
    requestedBy: 'cli',
    priority: 'normal',
    approveAll: false,
    tainted: false,
    attempt: 1,
    rootRunId: id,
    costMicros: 0,
    inputTokens: 0,
    outputTokens: 0,
    totalCostMicros: 0,
    totalInputTokens: 0,
    totalOutputTokens: 0,
    sandbox: true,
    createdAt: at,
    input: {},
    steps: [],
    llmCalls: [],
    toolExecutions: [],
    content: [],
    children: [],
  }
  expect(RunDetail.parse({ ...run, children: [run] }).children[0]?.steps).toEqual([])
  expect(RunDetail.safeParse({ ...run, children: [{ ...run, steps: undefined }] }).success).toBe(false)
})
