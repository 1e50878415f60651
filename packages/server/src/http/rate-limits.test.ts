import { randomUUID } from 'node:crypto'
import { Problem } from '@neonhub/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, publicUrl, type TestApp } from '../../test/http-app.ts'
import { createLogger } from '../base/log.ts'
import { createRateLimits } from './rate-limits.ts'

let http: TestApp
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 3 })
})
afterAll(() => http.close())

const logger = createLogger({ level: 'silent' })
const redisUrl = process.env['NEONHUB_TEST_REDIS_URL']

test('runs are limited for each principal and agent, and the answer says when to come back', async () => {
  const start = (headers: Record<string, string>, agent: string) =>
    http.send('POST', '/v1/runs', { headers, body: { agent, intent: 'seo-audit', input: {} } })
  const ann = await http.keyWith(['runs:write'])
  const statuses = []
  for (let count = 0; count < 4; count += 1) statuses.push((await start(ann, 'SEOAgent')).status)
  expect(statuses).toEqual([202, 202, 202, 429])

  const limited = await start(ann, 'SEOAgent')
  expect(limited.headers.get('ratelimit-policy')).toBe('"runs";q=3;w=60')
  expect(limited.headers.get('ratelimit')).toMatch(/^"runs";r=0;t=\d+$/)
  const retryAfter = Number(limited.headers.get('retry-after'))
  expect(retryAfter).toBeGreaterThan(50)
  expect(retryAfter).toBeLessThanOrEqual(60)
  expect(Problem.parse(await limited.json())).toMatchObject({ status: 429, code: 'http.rate_limited' })

  expect((await start(ann, 'EmailAgent')).status).toBe(202)
  const bob = await http.keyWith(['runs:write'])
  const other = await start(bob, 'SEOAgent')
  expect(other.status).toBe(202)
  expect(other.headers.get('ratelimit')).toMatch(/^"runs";r=2;/)
  expect(http.memory.started).toHaveLength(5)
})

test('everything is limited for each principal', async () => {
  const headers = await http.keyWith(['runs:read'])
  let response = await http.send('GET', '/v1/runs', { headers })
  expect(response.headers.get('ratelimit')).toMatch(/^"requests";r=29;/)
  for (let count = 0; count < 30; count += 1) response = await http.send('GET', '/v1/runs', { headers })
  expect(response.status).toBe(429)
  expect((await http.send('GET', '/healthz')).status).toBe(200)
})

test('passwords are tried twenty times a minute from one address, whatever it claims to be', async () => {
  const statuses = new Set<number>()
  for (let count = 0; count < 22; count += 1) {
    const response = await http.send('POST', '/api/auth/sign-in/email', {
      headers: {
        origin: publicUrl,
        'x-forwarded-for': `10.0.0.${count}`,
        'x-neonhub-client-address': `10.0.0.${count}`,
      },
      body: { email: 'nobody@example.com', password: 'guess number one' },
    })
    statuses.add(response.status)
  }
  expect([...statuses]).toEqual([401, 429])
})

test.skipIf(redisUrl === undefined)('with Redis, two processes count together', async () => {
  const key = randomUUID()
  const open = () => createRateLimits({ runsPerMinute: 2, redisUrl, logger })
  const [one, two] = [open(), open()]
  // Until the connections are ready each process counts for itself.
  await expect.poll(() => one.take('runs', randomUUID()).then(() => two.take('runs', key))).toBeDefined()
  await new Promise((resolve) => setTimeout(resolve, 300))
  const fresh = randomUUID()
  const taken = [await one.take('runs', fresh), await two.take('runs', fresh), await one.take('runs', fresh)]
  expect(taken.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
    [true, 1],
    [true, 0],
    [false, 0],
  ])
  await Promise.all([one.close(), two.close()])
})

test('while Redis is away each process goes on counting for itself', async () => {
  const limits = createRateLimits({ runsPerMinute: 1, redisUrl: 'redis://127.0.0.1:1', logger })
  expect((await limits.take('runs', 'a')).allowed).toBe(true)
  expect((await limits.take('runs', 'a')).allowed).toBe(false)
  await limits.close()
})
