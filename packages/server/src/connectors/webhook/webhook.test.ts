import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type HttpAnswer, startHttpRecorder } from '../../../test/http-recorder.ts'
import { createMemorySandboxStore } from '../../../test/memory-sandbox-store.ts'
import { openNetwork } from '../../../test/open-network.ts'
import { systemClock } from '../../base/clock.ts'
import { NeonHubError } from '../../base/errors.ts'
import { newId } from '../../base/ids.ts'
import { callTool } from '../call-tool.ts'
import { webhook } from './webhook.ts'

const tool = { name: 'webhook.deliver', connector: webhook, action: webhook.actions['deliver'] ?? expect.fail() }
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const answers: Readonly<Record<string, HttpAnswer | 'cut' | 'hang'>> = {
  '/taken': { status: 202, body: 'thanks' },
  '/long': { status: 200, body: 'é'.repeat(64 * 1024) },
  '/gone': { status: 410 },
  '/bad': { status: 400, body: 'no' },
  '/down': { status: 503, headers: { 'retry-after': '7' } },
  '/busy': { status: 429, headers: { 'retry-after': '2' } },
  '/moved': { status: 308, headers: { location: '/taken' } },
  '/cut': 'cut',
  '/hang': 'hang',
}

let receiver: Awaited<ReturnType<typeof startHttpRecorder>>
beforeAll(async () => {
  receiver = await startHttpRecorder(({ path }) => answers[path] ?? { status: 404 })
})
afterAll(async () => receiver.close())

const call = (path: string, changes: object = {}) => ({
  mode: 'real' as const,
  settings: { url: `${receiver.url}${path}`, headers: { 'X-Brand': 'spring' } },
  credentials: { secret },
  input: { type: 'campaign.launched', data: { name: 'Frühling' } },
  idempotencyKey: String(newId()),
  signal: AbortSignal.timeout(10_000),
  ...openNetwork,
  clock: systemClock,
  store: createMemorySandboxStore(),
  ...changes,
})
const failureOf = (path: string, changes: object = {}): Promise<unknown> =>
  callTool(tool, call(path, changes)).then(
    () => expect.fail('the event was taken'),
    (error: unknown) => error,
  )
const lastRequest = () => receiver.requests.at(-1) ?? expect.fail('nothing arrived')

test('a receiver verifies the event with the library of Standard Webhooks', async () => {
  const sent = call('/taken', { credentials: { secret, authorization: 'Bearer brand' } })
  expect(await callTool(tool, sent)).toEqual({ status: 202, body: 'thanks' })
  const { body, headers } = lastRequest()
  const event = new Webhook(secret).verify(body, {
    'webhook-id': String(headers['webhook-id']),
    'webhook-timestamp': String(headers['webhook-timestamp']),
    'webhook-signature': String(headers['webhook-signature']),
  })
  expect(event).toMatchObject({ type: 'campaign.launched', data: { name: 'Frühling' } })
  expect(headers).toMatchObject({
    'webhook-id': sent.idempotencyKey,
    'content-type': 'application/json',
    'x-brand': 'spring',
    authorization: 'Bearer brand',
  })
})

test('every attempt of an execution sends the same bytes, with the time of its own attempt', async () => {
  const sent = call('/taken')
  await callTool(tool, sent)
  const first = lastRequest()
  const later = { ...systemClock, now: () => new Date(Date.now() + 60_000) }
  await callTool(tool, { ...sent, clock: later })
  expect(lastRequest().body).toBe(first.body)
  expect(lastRequest().headers['webhook-timestamp']).not.toBe(first.headers['webhook-timestamp'])
})

test.each([
  ['/gone', { code: 'connectors.webhook_gone', effect: 'none', retryable: false }],
  ['/bad', { code: 'connectors.webhook_refused', effect: 'none', retryable: false }],
  ['/down', { code: 'connectors.webhook_unavailable', effect: 'unknown', retryable: true, retryAfterMs: 7000 }],
  ['/busy', { code: 'connectors.webhook_rate_limited', effect: 'none', retryable: true, retryAfterMs: 2000 }],
  ['/moved', { code: 'connectors.webhook_redirected', effect: 'none', retryable: false }],
  ['/cut', { code: 'connectors.unreachable', effect: 'unknown', retryable: true }],
])('%s is named', async (path, failure) => {
  const before = receiver.requests.length
  expect(await failureOf(path)).toMatchObject(failure)
  expect(receiver.requests).toHaveLength(before + 1)
})

test('the answer is read up to 64 KiB', async () => {
  const { body } = z.object({ body: z.string() }).parse(await callTool(tool, call('/long')))
  expect(Buffer.byteLength(body)).toBe(64 * 1024)
})

test('a deadline while the receiver thinks leaves the effect unknown', async () => {
  const error = await failureOf('/hang', { signal: AbortSignal.timeout(100) })
  expect(error).toMatchObject({ code: 'connectors.deadline', effect: 'unknown' })
})

test('a receiver that is not there has seen nothing', async () => {
  const closed = await startHttpRecorder(() => 'cut')
  await closed.close()
  const error = await failureOf('/', { settings: { url: closed.url } })
  expect(error).toMatchObject({ code: 'connectors.unreachable', effect: 'none', retryable: true })
})

test('an address that the fetch in use refuses has seen nothing', async () => {
  const guarded = async () => {
    throw new NeonHubError('base.address_refused', 'A private address', { kind: 'forbidden', hint: 'Use another one.' })
  }
  const error = await failureOf('/taken', { fetch: guarded })
  expect(error).toMatchObject({
    code: 'base.address_refused',
    kind: 'forbidden',
    effect: 'none',
    hint: 'Use another one.',
  })
})

test.each([
  ['url', { url: 'http://receiver.example/' }],
  ['url', { url: 'nowhere' }],
  ['url', { url: 'https://user:word@receiver.example/' }],
  ['headers["webhook-id"]', { url: 'https://receiver.example/', headers: { 'webhook-id': 'mine' } }],
  ['headers.Authorization', { url: 'https://receiver.example/', headers: { Authorization: 'Bearer brand' } }],
  ['headers["X-A"]', { url: 'https://receiver.example/', headers: { 'X-A': 'b\r\nX-B: c' } }],
])('settings are refused for their %s', async (path, settings) => {
  const error = await failureOf('/taken', { settings })
  expect(error).toMatchObject({ code: 'connectors.settings_invalid', effect: 'none', issues: [{ path }] })
})

test('a secret that is too short is refused without being shown', async () => {
  const short = 'whsec_c2hvcnQ='
  const error = await failureOf('/taken', { credentials: { secret: short } })
  expect(error).toMatchObject({ code: 'connectors.credentials_invalid', issues: [{ path: 'secret' }] })
  expect(error).not.toHaveProperty('message', expect.stringContaining(short))
})

test.each([
  ['gone.example', { code: 'connectors.webhook_gone', effect: 'none' }],
  ['busy.example', { code: 'connectors.webhook_rate_limited', retryAfterMs: 1000 }],
  ['down.example', { code: 'connectors.webhook_unavailable', effect: 'unknown' }],
])('in the sandbox %s refuses as a receiver would', async (host, failure) => {
  const sandbox = call('/', { mode: 'sandbox', settings: { url: `https://${host}/` }, credentials: undefined })
  await expect(callTool(tool, sandbox)).rejects.toMatchObject(failure)
  expect(await sandbox.store.list('outbox')).toEqual([])
})
