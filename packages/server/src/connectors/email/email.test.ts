import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:net'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMemorySandboxStore } from '../../../test/memory-sandbox-store.ts'
import { openNetwork } from '../../../test/open-network.ts'
import { startSmtpReceiver } from '../../../test/smtp-receiver.ts'
import { systemClock } from '../../base/clock.ts'
import { newId } from '../../base/ids.ts'
import { callTool } from '../call-tool.ts'
import { checkConnector } from '../check-connection.ts'
import { describeTool } from '../describe-tool.ts'
import { email } from './email.ts'

const send = email.actions['send'] ?? expect.fail()
const tool = { name: 'email.send', connector: email, action: send }
const message = { to: 'ada@customer.example', subject: 'Spring', text: 'It is here.' }
const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const dkim = { domainName: 'brand.example', keySelector: 'spring', privateKey }

let server: Awaited<ReturnType<typeof startSmtpReceiver>>
beforeAll(async () => {
  server = await startSmtpReceiver({ user: { name: 'brand', password: 'right', accessToken: 'ya29.right' } })
})
afterAll(async () => server.close())

const connection = (changes: object = {}) => ({
  mode: 'real' as const,
  settings: {
    host: '127.0.0.1',
    port: server.port,
    security: 'none',
    from: { name: 'Brand', address: 'hello@brand.example' },
    ...changes,
  },
  credentials: { username: 'brand', password: 'right' },
  idempotencyKey: String(newId()),
  signal: AbortSignal.timeout(10_000),
  ...openNetwork,
  clock: systemClock,
})
const call = (input: object, changes: object = {}) => ({
  ...connection(),
  input: { ...message, ...input },
  store: createMemorySandboxStore(),
  ...changes,
})
const failureOf = (input: object, changes: object = {}): Promise<unknown> =>
  callTool(tool, call(input, changes)).then(
    () => expect.fail('the message was sent'),
    (error: unknown) => error,
  )
const lastMail = () => server.mails.at(-1) ?? expect.fail('no mail arrived')

describe('what arrives', () => {
  test('the message has the fixed Message-ID, the sender, the text and the HTML', async () => {
    const sent = call({
      html: '<p>It is <b>here</b>.</p>',
      replyTo: 'care@brand.example',
      headers: { 'List-Id': 'news.brand.example' },
    })
    const output = await callTool(tool, sent)
    const { parsed, from, to } = lastMail()
    expect(output).toEqual({
      messageId: `${sent.idempotencyKey}@brand.example`,
      accepted: ['ada@customer.example'],
      rejected: [],
    })
    expect(parsed.messageId).toBe(`<${sent.idempotencyKey}@brand.example>`)
    expect({ from, to }).toEqual({ from: 'hello@brand.example', to: ['ada@customer.example'] })
    expect(parsed.from?.text).toBe('"Brand" <hello@brand.example>')
    expect(parsed.replyTo?.text).toBe('care@brand.example')
    expect(parsed.text?.trim()).toBe('It is here.')
    expect(parsed.html).toContain('<b>here</b>')
  })

  test('DKIM holds and covers both list headers, however long the address', async () => {
    const unsubscribeUrl = `https://brand.example/u/${'a'.repeat(300)}?next=>,<mailto:eve@evil.example>`
    await callTool(tool, call({ unsubscribeUrl }, { credentials: { username: 'brand', password: 'right', dkim } }))
    const { raw, parsed } = lastMail()
    const record = `v=DKIM1; k=rsa; p=${publicKey.replaceAll(/-----[^-]+-----|\s/g, '')}`
    const { results } = await dkimVerify(Buffer.from(raw, 'latin1'), {
      resolver: async (name: string) => (name === 'spring._domainkey.brand.example' ? [[record]] : expect.fail(name)),
    })
    expect(results).toHaveLength(1)
    expect(results[0]).toMatchObject({ signingDomain: 'brand.example', status: { result: 'pass' } })
    const covered = /;\s*h=([^;]+);/.exec(raw.replaceAll(/\r\n\s+/g, ''))?.[1]?.split(':')
    expect(covered).toEqual(
      expect.arrayContaining(['from', 'to', 'subject', 'list-unsubscribe', 'list-unsubscribe-post']),
    )
    const oneClick = parsed.headerLines.find(({ key }) => key === 'list-unsubscribe-post')
    expect(oneClick?.line).toBe('List-Unsubscribe-Post: List-Unsubscribe=One-Click')
    const list = parsed.headerLines.find(({ key }) => key === 'list-unsubscribe')?.line.replaceAll(/\r\n\s/g, '')
    expect(list).toBe(`List-Unsubscribe: <${new URL(unsubscribeUrl).href}>`)
    expect(list?.match(/</g)).toHaveLength(1)
  })

  test('a message without an unsubscribe address has no list headers', async () => {
    await callTool(tool, call({}))
    expect(lastMail().raw).not.toMatch(/^List-/im)
  })

  test('an agent may send from another mailbox of the domain and from no other domain', async () => {
    await callTool(tool, call({ from: { name: 'Care', address: 'care@brand.example' } }))
    expect(lastMail().from).toBe('care@brand.example')
    const error = await failureOf({ from: { name: 'Bank', address: 'help@bank.example' } })
    expect(error).toMatchObject({ code: 'connectors.email_sender_refused', effect: 'none' })
  })

  test('recipients that are refused are named while the others get the message', async () => {
    const output = await callTool(tool, call({ to: ['ada@customer.example', 'refused@customer.example'] }))
    expect(output).toMatchObject({
      accepted: ['ada@customer.example'],
      rejected: [{ address: 'refused@customer.example', status: 550, reply: expect.stringContaining('No such user') }],
    })
    expect(lastMail().to).toEqual(['ada@customer.example'])
  })
})

describe('what fails', () => {
  test('5xx is final and 4xx may be tried again; neither has an effect', async () => {
    const refused = { code: 'connectors.email_recipients_refused', effect: 'none' }
    expect(await failureOf({ to: 'refused@customer.example' })).toMatchObject({ ...refused, retryable: false })
    expect(await failureOf({ to: 'deferred@customer.example' })).toMatchObject({ ...refused, retryable: true })
    const content = { code: 'connectors.email_refused', effect: 'none', retryable: false }
    expect(await failureOf({ to: 'content@customer.example' })).toMatchObject(content)
  })

  test('a connection lost after the message was sent leaves its effect unknown', async () => {
    const lost = { code: 'connectors.email_connection_failed', effect: 'unknown', retryable: false }
    expect(await failureOf({ to: 'cut@customer.example' })).toMatchObject(lost)
  })

  test('a connection lost before the message was sent has no effect', async () => {
    const closing = createServer((socket) => socket.resume().end('220 hello\r\n'))
    await new Promise<void>((resolve) => closing.listen(0, '127.0.0.1', resolve))
    const address = closing.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const lost = { code: 'connectors.email_connection_failed', effect: 'none', retryable: true }
    expect(await failureOf({}, connection({ port }))).toMatchObject(lost)
    await new Promise((resolve) => closing.close(resolve))
    expect(await failureOf({}, connection({ port }))).toMatchObject(lost)
  })

  test('a deadline knows whether the message had begun', async () => {
    const late = await failureOf({ to: 'hang@customer.example' }, { signal: AbortSignal.timeout(400) })
    expect(late).toMatchObject({ code: 'connectors.deadline', effect: 'unknown' })
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const early = await failureOf({}, { ...connection({ port }), signal: AbortSignal.timeout(100) })
    expect(early).toMatchObject({ code: 'connectors.deadline', effect: 'none' })
    silent.close()
  })

  test('an access token signs in in the place of a password, and one that is refused is told as such', async () => {
    const signedIn = call({}, { credentials: { username: 'brand', accessToken: 'ya29.right' } })
    expect(await callTool(tool, signedIn)).toMatchObject({ accepted: ['ada@customer.example'] })
    const credentials = { username: 'brand', accessToken: 'ya29.over' }
    await expect(checkConnector(email, { ...connection(), credentials })).rejects.toMatchObject({
      code: 'connectors.email_sign_in_failed',
      effect: 'none',
    })
    for (const faulty of [{ username: 'brand' }, { accessToken: 'x' }, { ...credentials, password: 'both' }]) {
      const error = await failureOf({}, { credentials: faulty })
      expect(error).toMatchObject({ code: 'connectors.credentials_invalid' })
    }
  })

  test('a wrong password is named, by the check too', async () => {
    const credentials = { username: 'brand', password: 'wrong' }
    const failed = { code: 'connectors.email_sign_in_failed', effect: 'none', retryable: false }
    expect(await failureOf({}, { credentials })).toMatchObject(failed)
    await expect(checkConnector(email, { ...connection(), credentials })).rejects.toMatchObject(failed)
    await expect(checkConnector(email, connection())).resolves.toBeUndefined()
  })

  test('a session that cannot be encrypted is given up before the sign-in', async () => {
    const failed = { code: 'connectors.email_tls_failed', effect: 'none', retryable: false }
    expect(await failureOf({}, connection({ security: 'starttls' }))).toMatchObject(failed)
    expect(await failureOf({}, connection({ security: 'tls' }))).toMatchObject(failed)
  })

  test('a password is never sent in the clear to another machine', async () => {
    const clear = { code: 'connectors.email_password_in_clear', effect: 'none' }
    expect(await failureOf({}, connection({ host: 'smtp.example' }))).toMatchObject(clear)
  })
})

describe('what cannot be said', () => {
  test.each([
    ['subject', { subject: 'Spring\r\nBcc: eve@evil.example' }],
    ['subject', { subject: 'Spring\nX-A: b' }],
    ['to[0]', { to: ['ada@customer.example\r\nRCPT TO:<eve@evil.example>'] }],
    ['to[0]', { to: ['ada@customer.example, eve@evil.example'] }],
    ['from.name', { from: { name: 'Brand\r\nBcc: eve@evil.example', address: 'hello@brand.example' } }],
    ['replyTo', { replyTo: 'care@brand.example\r\nBcc: eve@evil.example' }],
    ['headers["List-Id"]', { headers: { 'List-Id': 'news\r\nBcc: eve@evil.example' } }],
    ['headers', { headers: { Bcc: 'eve@evil.example' } }],
    ['headers', { headers: { 'X-SMTPAPI': '{"to":["eve@evil.example"]}' } }],
  ])('%s cannot carry a header or another recipient', async (path, input) => {
    const before = server.mails.length
    const error = await failureOf(input)
    expect(error).toMatchObject({ code: 'connectors.input_invalid', effect: 'none' })
    expect(error).toHaveProperty('issues', expect.arrayContaining([expect.objectContaining({ path })]))
    expect(server.mails).toHaveLength(before)
  })

  test('a key that cannot sign is refused, since the message would go out unsigned', async () => {
    const credentials = { dkim: { ...dkim, privateKey: 'no key' } }
    const error = await failureOf({}, { credentials })
    expect(error).toMatchObject({ code: 'connectors.credentials_invalid', issues: [{ path: 'dkim.privateKey' }] })
  })
})

describe('the sandbox', () => {
  const sandboxCall = (input: object) => call(input, { mode: 'sandbox', settings: {}, credentials: undefined })

  test('keeps what was sent, with the time of the clock that it was given', async () => {
    const now = new Date('2026-03-01T09:00:00.000Z')
    const sent = { ...sandboxCall({}), clock: { ...systemClock, now: () => now } }
    const output = await callTool(tool, sent)
    expect(await callTool(tool, sent)).toEqual(output)
    expect(await sent.store.list('outbox')).toEqual([
      expect.objectContaining({ to: ['ada@customer.example'], subject: 'Spring', sentAt: now.toISOString() }),
    ])
  })

  test('refuses as servers do: 550 for good, 451 for now, 452 beyond 100 recipients', async () => {
    const refused = { code: 'connectors.email_recipients_refused', effect: 'none' }
    const failed = (to: string) => callTool(tool, sandboxCall({ to })).catch((error: unknown) => error)
    expect(await failed('ada@bounce.example')).toMatchObject({ ...refused, retryable: false })
    expect(await failed('ada@nowhere.invalid')).toMatchObject({ ...refused, retryable: false })
    expect(await failed('ada@defer.example')).toMatchObject({ ...refused, retryable: true })
    const to = Array.from({ length: 101 }, (_, index) => `person${index}@customer.example`)
    expect(await callTool(tool, sandboxCall({ to }))).toMatchObject({
      accepted: to.slice(0, 100),
      rejected: [{ address: 'person100@customer.example', status: 452 }],
    })
  })
})

test('the preview shows whom the message reaches and what it says', () => {
  const { recipients, preview } = describeTool(tool, call({ to: ['ada@customer.example', 'bo@customer.example'] }))
  expect(recipients).toEqual(['ada@customer.example', 'bo@customer.example'])
  expect(preview).toEqual({
    title: 'Send “Spring” to 2 people',
    recipients,
    body: 'From: Brand <hello@brand.example>\nTo: ada@customer.example, bo@customer.example\nSubject: Spring\n\nIt is here.',
  })
})
