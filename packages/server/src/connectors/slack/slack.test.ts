import { afterEach, describe, expect, test } from 'vitest'
import { type HttpAnswer, type RecordedRequest, startHttpRecorder } from '../../../test/http-recorder.ts'
import { createMemorySandboxStore } from '../../../test/memory-sandbox-store.ts'
import { openNetwork } from '../../../test/open-network.ts'
import { systemClock } from '../../base/clock.ts'
import { newId } from '../../base/ids.ts'
import { callTool, findEarlier } from '../call-tool.ts'
import { checkConnector } from '../check-connection.ts'
import { describeTool } from '../describe-tool.ts'
import { slack } from './slack.ts'

// The emulator of the contract test has no rate limits, no threads by cursor and no `oldest`. Those answers are written
// here from Slack's own reference (docs.slack.dev: rate limits, conversations.history, conversations.replies).

let close: (() => Promise<void>) | undefined
afterEach(async () => {
  await close?.()
  close = undefined
})

const toolOf = (name: string) => ({
  name: `slack.${name}`,
  connector: slack,
  action: slack.actions[name] ?? expect.fail(`no ${name}`),
})
const json = (body: object): HttpAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
const fieldsOf = ({ body }: RecordedRequest) => Object.fromEntries(new URLSearchParams(body))

async function startSlack(answer: (method: string, fields: Record<string, string>) => HttpAnswer | 'cut' | 'hang') {
  const server = await startHttpRecorder((request) => answer(request.path.replace('/api/', ''), fieldsOf(request)))
  close = server.close
  const call = (input: object, changes: object = {}) => ({
    mode: 'real' as const,
    settings: { apiUrl: `${server.url}/api` },
    credentials: { botToken: 'xoxb-1-2-abc' },
    input,
    idempotencyKey: String(newId()),
    signal: AbortSignal.timeout(10_000),
    ...openNetwork,
    clock: systemClock,
    store: createMemorySandboxStore(),
    ...changes,
  })
  const fields = (): Record<string, string>[] =>
    server.requests.map((request) => ({ method: request.path.replace('/api/', ''), ...fieldsOf(request) }))
  return { call, fields, requests: server.requests }
}

const post = { channel: 'C0123456789', text: 'Spring is here.' }
const own = (key: string, ts: string) => ({
  type: 'message',
  ts,
  text: post.text,
  metadata: { event_type: 'neonhub_tool_execution', event_payload: { idempotency_key: key } },
})

describe('posting', () => {
  test('the message carries its key in its metadata', async () => {
    const { call, fields } = await startSlack(() => json({ ok: true, channel: 'C0123456789', ts: '1700000000.000100' }))
    const sent = call({ ...post, threadTs: '1690000000.000100' })
    expect(await callTool(toolOf('postMessage'), sent)).toEqual({ channel: 'C0123456789', ts: '1700000000.000100' })
    const [posted = {}] = fields()
    expect(posted).toEqual({
      method: 'chat.postMessage',
      channel: post.channel,
      text: post.text,
      thread_ts: '1690000000.000100',
      metadata: expect.any(String),
    })
    expect(JSON.parse(posted['metadata'] ?? '')).toEqual({
      event_type: 'neonhub_tool_execution',
      event_payload: { idempotency_key: sent.idempotencyKey },
    })
  })

  test('a 429 is handed on with its wait, and nothing is sent again behind the caller', async () => {
    const { call, requests } = await startSlack(() => ({ status: 429, headers: { 'retry-after': '30' } }))
    const limited = { code: 'connectors.slack_rate_limited', kind: 'rate_limited', effect: 'none', retryable: true }
    await expect(callTool(toolOf('postMessage'), call(post))).rejects.toMatchObject({
      ...limited,
      retryAfterMs: 30_000,
    })
    expect(requests).toHaveLength(1)
  })

  test('a 429 that names no wait is one too', async () => {
    const { call } = await startSlack(() => ({ status: 429 }))
    const limited = { code: 'connectors.slack_rate_limited', effect: 'none', retryable: true, retryAfterMs: undefined }
    await expect(callTool(toolOf('postMessage'), call(post))).rejects.toMatchObject(limited)
  })

  test.each([
    ['channel_not_found', { code: 'connectors.slack_channel_not_found', effect: 'none', retryable: false }],
    [
      'not_in_channel',
      { code: 'connectors.slack_not_in_channel', effect: 'none', hint: expect.stringContaining('/invite') },
    ],
    [
      'invalid_auth',
      { code: 'connectors.slack_invalid_auth', effect: 'none', hint: expect.stringContaining('connect') },
    ],
    ['msg_too_long', { code: 'connectors.slack_msg_too_long', effect: 'none' }],
    ['something_new', { code: 'connectors.slack_refused', effect: 'none', retryable: false }],
    ['fatal_error', { code: 'connectors.slack_refused', effect: 'unknown', retryable: true }],
  ])('%s is named', async (error, failure) => {
    const { call } = await startSlack(() => json({ ok: false, error }))
    await expect(callTool(toolOf('postMessage'), call(post))).rejects.toMatchObject(failure)
  })

  test.each([
    ['an answer of 503', { status: 503 }, 'connectors.slack_unavailable'],
    ['a lost connection', 'cut', 'connectors.unreachable'],
    ['an answer without a ts', json({ ok: true }), 'connectors.slack_answer_unreadable'],
  ] as const)('%s leaves the effect unknown', async (_name, answer, code) => {
    const { call, requests } = await startSlack(() => answer)
    await expect(callTool(toolOf('postMessage'), call(post))).rejects.toMatchObject({ code, effect: 'unknown' })
    expect(requests).toHaveLength(1)
  })

  test('a deadline while Slack thinks leaves the effect of a post unknown, and a read without one', async () => {
    const { call } = await startSlack(() => 'hang')
    const late = () => ({ signal: AbortSignal.timeout(100) })
    const unknown = { code: 'connectors.deadline', effect: 'unknown' }
    await expect(callTool(toolOf('postMessage'), call(post, late()))).rejects.toMatchObject(unknown)
    const none = { code: 'connectors.deadline', effect: 'none' }
    await expect(callTool(toolOf('listChannels'), call({}, late()))).rejects.toMatchObject(none)
  })

  test('a message without a channel goes to the default channel, or nowhere', async () => {
    const { call, fields, requests } = await startSlack((_method, { channel }) =>
      json({ ok: true, channel, ts: '1700000000.000100' }),
    )
    const text = 'Spring is here.'
    await expect(callTool(toolOf('postMessage'), call({ text }))).rejects.toMatchObject({
      code: 'connectors.slack_channel_missing',
      effect: 'none',
    })
    expect(requests).toHaveLength(0)
    const settings = { ...call({}).settings, defaultChannel: 'C0DEFAULT' }
    await callTool(toolOf('postMessage'), call({ text }, { settings }))
    expect(fields()).toEqual([expect.objectContaining({ channel: 'C0DEFAULT' })])
    expect(describeTool(toolOf('postMessage'), call({ text }, { settings })).recipients).toEqual(['C0DEFAULT'])
    expect(describeTool(toolOf('postMessage'), call({ text })).recipients).toEqual([])
  })
})

describe('looking for an earlier message', () => {
  test('reads every page since the birth of the execution', async () => {
    const key = String(newId())
    const { call, fields } = await startSlack((_method, { cursor }) =>
      cursor === 'second'
        ? json({ ok: true, messages: [own(key, '1700000000.000200')], response_metadata: { next_cursor: '' } })
        : json({
            ok: true,
            messages: [own('another', '1700000000.000300')],
            response_metadata: { next_cursor: 'second' },
          }),
    )
    const found = await findEarlier(toolOf('postMessage'), call(post, { idempotencyKey: key }))
    expect(found).toEqual({ channel: post.channel, ts: '1700000000.000200' })
    const [first] = fields()
    expect(first).toMatchObject({ method: 'conversations.history', include_all_metadata: 'true', limit: '200' })
    const sinceMs = Number(first?.['oldest']) * 1000
    expect(Date.now() - sinceMs).toBeGreaterThan(9 * 60_000)
    expect(Date.now() - sinceMs).toBeLessThan(11 * 60_000)
  })

  test('looks for an answer in its thread, and for a channel by its name', async () => {
    const key = String(newId())
    const { call, fields } = await startSlack((method) =>
      method === 'conversations.list'
        ? json({ ok: true, channels: [{ id: 'C0987654321', name: 'marketing', is_member: true }] })
        : json({ ok: true, messages: [own(key, '1700000000.000200')] }),
    )
    const input = { channel: '#marketing', text: post.text, threadTs: '1690000000.000100' }
    const found = await findEarlier(toolOf('postMessage'), call(input, { idempotencyKey: key }))
    expect(found).toEqual({ channel: 'C0987654321', ts: '1700000000.000200' })
    expect(fields().at(-1)).toMatchObject({
      method: 'conversations.replies',
      channel: 'C0987654321',
      ts: '1690000000.000100',
    })
  })

  test('does not say that there is none where it could not read everything', async () => {
    const endless = json({ ok: true, messages: [], response_metadata: { next_cursor: 'more' } })
    const { call, requests } = await startSlack(() => endless)
    const unknown = { code: 'connectors.slack_lookup_inconclusive', effect: 'unknown' }
    await expect(findEarlier(toolOf('postMessage'), call(post))).rejects.toMatchObject(unknown)
    expect(requests).toHaveLength(25)
  })

  test('a lookup that fails says nothing about the earlier attempt', async () => {
    const { call } = await startSlack(() => ({ status: 429, headers: { 'retry-after': '5' } }))
    const failure = { code: 'connectors.slack_rate_limited', effect: 'unknown', retryable: true, retryAfterMs: 5000 }
    await expect(findEarlier(toolOf('postMessage'), call(post))).rejects.toMatchObject(failure)
  })

  test('an action of another class cannot be asked', async () => {
    const { call } = await startSlack(() => 'cut')
    await expect(findEarlier(toolOf('listChannels'), call({}))).rejects.toMatchObject({ code: 'connectors.no_lookup' })
  })
})

test('the check of a connection says why it does not work', async () => {
  const { call } = await startSlack((method) =>
    json(method === 'auth.test' ? { ok: false, error: 'token_revoked' } : {}),
  )
  await expect(checkConnector(slack, call({}))).rejects.toMatchObject({ code: 'connectors.slack_token_revoked' })
})

describe('the sandbox', () => {
  const sandboxCall = (input: object, store = createMemorySandboxStore()) => ({
    mode: 'sandbox' as const,
    settings: {},
    credentials: undefined,
    input,
    idempotencyKey: String(newId()),
    signal: AbortSignal.timeout(10_000),
    ...openNetwork,
    clock: systemClock,
    store,
  })
  const run = (name: string, input: object, store = createMemorySandboxStore()) =>
    callTool(toolOf(name), sandboxCall(input, store)).catch((error: unknown) => error)

  test('gives the same ts for the same state', async () => {
    const store = createMemorySandboxStore()
    expect(await run('postMessage', { text: 'One' }, store)).toEqual({
      channel: 'C0SANDBOX01',
      ts: '1700000000.000100',
    })
    expect(await run('postMessage', { text: 'Two' }, store)).toEqual({
      channel: 'C0SANDBOX01',
      ts: '1700000001.000100',
    })
    expect(await run('postMessage', { text: 'One' })).toEqual({ channel: 'C0SANDBOX01', ts: '1700000000.000100' })
  })

  test('keeps messages apart that are posted at once', async () => {
    const store = createMemorySandboxStore()
    await Promise.all(Array.from({ length: 20 }, (_, index) => run('postMessage', { text: `Message ${index}` }, store)))
    expect(await store.list('messages')).toHaveLength(20)
  })

  test('has the errors of a workspace', async () => {
    const post = (channel: string) => run('postMessage', { channel, text: 'Hello' })
    expect(await post('#nowhere')).toMatchObject({ code: 'connectors.slack_channel_not_found', effect: 'none' })
    expect(await post('#leadership')).toMatchObject({ code: 'connectors.slack_not_in_channel', effect: 'none' })
    const update = { channel: '#general', ts: '1700000000.000100', text: 'Hello' }
    expect(await run('updateMessage', update)).toMatchObject({ code: 'connectors.slack_message_not_found' })
  })

  test('lists its channels a page at a time', async () => {
    const first = await run('listChannels', { limit: 3 })
    expect(first).toMatchObject({
      channels: [{ name: 'general' }, { name: 'marketing' }, { name: 'social-queue' }],
      nextCursor: 'C0SANDBOX04',
    })
    expect(await run('listChannels', { limit: 3, cursor: 'C0SANDBOX04' })).toMatchObject({
      channels: [{ name: 'random' }, { name: 'leadership' }],
    })
  })
})
