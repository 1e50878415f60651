import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { readInbound } from './read-inbound.ts'
import { slack } from './slack/slack.ts'
import { webhook } from './webhook/webhook.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('Slack', () => {
  // The example of https://docs.slack.dev/authentication/verifying-requests-from-slack
  const secret = '8f742231b10e8888abcd99yyyzzz85a5'
  const body =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c'
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': '1531420618',
    'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  }
  const signedAt = new Date(1_531_420_618_000)
  const read = (now: Date, change: { body?: string; headers?: Record<string, string>; secrets?: string[] } = {}) =>
    readInbound(slack, {
      request: { headers: { ...headers, ...change.headers }, body: bytes(change.body ?? body) },
      credentials: { signingSecrets: change.secrets ?? [secret] },
      now,
    })

  test('the example that Slack publishes is genuine, for five minutes, also after the secret was changed', () => {
    expect(read(signedAt)).toMatchObject({
      verdict: 'genuine',
      message: { kind: 'event', type: 'command', occurredAt: signedAt, data: { command: '/webhook-collect' } },
    })
    expect(read(signedAt, { secrets: ['another-secret-of-slack', secret] })).toMatchObject({ verdict: 'genuine' })
    expect(read(new Date(signedAt.getTime() + 300_000))).toMatchObject({ verdict: 'genuine' })
    expect(read(new Date(signedAt.getTime() + 301_000))).toEqual({ verdict: 'stale' })
    expect(read(new Date(signedAt.getTime() - 301_000))).toEqual({ verdict: 'stale' })
  })

  test.each([
    ['another body', { body: `${body}&x=1` }],
    ['another time', { headers: { 'x-slack-request-timestamp': '1531420619' } }],
    ['no signature', { headers: { 'x-slack-signature': '' } }],
    ['the scheme of another version', { headers: { 'x-slack-signature': headers['x-slack-signature'].slice(3) } }],
    ['another secret', { secrets: ['another-secret-of-slack'] }],
    ['no secret', { secrets: [] }],
  ])('with %s it is forged', (_what, change) => expect(read(signedAt, change)).toEqual({ verdict: 'forged' }))

  const readJson = (value: unknown) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    const signature = createHmac('sha256', secret).update(`v0:1531420618:${text}`).digest('hex')
    const signed = { 'content-type': 'application/json', 'x-slack-signature': `v0=${signature}` }
    const result = read(signedAt, { body: text, headers: signed })
    return result.verdict === 'genuine' ? result.message : expect.fail('it was not genuine')
  }
  const callback = (event: object) => ({ type: 'event_callback', event_id: 'Ev1', event_time: 1_531_420_000, event })

  test('events are known by their id and kind; what bots wrote, and other envelopes, are nothing to act on', () => {
    expect(readJson({ type: 'url_verification', challenge: 'abc' })).toEqual({
      kind: 'challenge',
      answer: { challenge: 'abc' },
    })
    expect(readJson(callback({ type: 'message', text: 'Hi', user: 'U1' }))).toMatchObject({
      kind: 'event',
      id: 'Ev1',
      type: 'message',
      occurredAt: new Date(1_531_420_000_000),
      data: { text: 'Hi' },
    })
    expect(readJson(callback({ type: 'message', subtype: 'message_changed' }))).toMatchObject({
      type: 'message.message_changed',
    })
    for (const ignored of [
      callback({ type: 'message', bot_id: 'B1', text: 'mine' }),
      { type: 'app_rate_limited' },
      callback({ text: 'no type' }),
    ])
      expect(readJson(ignored)).toEqual({ kind: 'ignored' })
  })

  test.each([
    ['no JSON', '{'],
    ['no object', '[1]'],
    ['a nest that no database takes', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`],
    ['a key that no database takes', '{"a\\u0000":1}'],
  ])('a genuine request with %s is refused', (_what, text) => {
    expect(() => readJson(text)).toThrow(expect.objectContaining({ code: 'connectors.inbound_unreadable' }))
  })
})

describe('Standard Webhooks', () => {
  const secrets = [1, 2].map((value) => `whsec_${Buffer.alloc(32, value).toString('base64')}`)
  const [old = '', fresh = ''] = secrets
  const now = new Date()
  const read = (
    body: string,
    {
      signed = [old],
      at = now,
      given = secrets,
      id = 'msg_1',
    }: {
      signed?: string[]
      at?: Date
      given?: string[]
      id?: string
    } = {},
  ) => {
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signed.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
    }
    return readInbound(webhook, {
      request: { headers, body: bytes(body) },
      credentials: { signingSecrets: given },
      now,
    })
  }
  const event = JSON.stringify({ type: 'order.paid', timestamp: '2026-01-02T03:04:05Z', data: { total: 1 } })

  test('what the libraries sign is genuine by any of the secrets, and days late as well', () => {
    for (const signed of [[old], [fresh], [`whsec_${Buffer.alloc(32, 9).toString('base64')}`, fresh]])
      expect(read(event, { signed })).toMatchObject({
        verdict: 'genuine',
        message: {
          kind: 'event',
          id: 'msg_1',
          type: 'order.paid',
          occurredAt: new Date('2026-01-02T03:04:05Z'),
          data: { total: 1 },
        },
      })
    expect(read('{"any":"shape"}')).toMatchObject({ message: { type: 'event', data: { any: 'shape' } } })
  })

  test('what is signed by another, or too long ago, counts for nothing', () => {
    expect(read(event, { given: [fresh] })).toEqual({ verdict: 'forged' })
    expect(read(event, { at: new Date(now.getTime() - 3 * 86_400_000) })).toEqual({ verdict: 'stale' })
    const many = Array.from({ length: 20 }, (_, index) => `whsec_${Buffer.alloc(32, 50 + index).toString('base64')}`)
    expect(read(event, { signed: [...many, old] })).toEqual({ verdict: 'forged' })
  })
})
