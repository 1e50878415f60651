import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startHttpRecorder } from '../../test/http-recorder.ts'
import { type AddressGuard, type AddressGuardOptions, createAddressGuard } from './address-guard.ts'
import { noAllowedHosts, parseAllowedHosts } from './allowed-hosts.ts'

const guards: AddressGuard[] = []
function openGuard(options: Partial<AddressGuardOptions> = {}): AddressGuard {
  const guard = createAddressGuard({ allowed: noAllowedHosts, ...options })
  guards.push(guard)
  return guard
}

let canary: Awaited<ReturnType<typeof startHttpRecorder>>
let port: string
beforeAll(async () => {
  canary = await startHttpRecorder(({ path, body }) =>
    path.startsWith('/to?')
      ? { status: 307, headers: { location: path.slice(4) } }
      : { status: 200, body: `heard ${body}` },
  )
  port = new URL(canary.url).port
})
afterAll(async () => {
  await Promise.all(guards.map((guard) => guard.close()))
  await canary.close()
})

/** What came of asking, and whether the canary heard of it. */
async function ask(guard: AddressGuard, url: string): Promise<unknown> {
  const before = canary.requests.length
  const error = await guard.fetch(url).then(
    () => expect.fail(`${url} was fetched`),
    (failure: unknown) => failure,
  )
  expect(canary.requests).toHaveLength(before)
  return error
}

const refused = { code: 'base.address_refused', kind: 'forbidden' }

test.each([
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '017700000001',
  '0177.0.0.1',
  '127.0.0.1.',
  '0.0.0.0',
  '0',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2001:0:1::]',
  '[2606:4700::5efe:7f00:1]',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.0.1',
  '100.64.0.1',
  '169.254.169.254',
  '168.63.129.16',
  '192.0.0.192',
  '224.0.0.1',
  '255.255.255.255',
  '[fd00:ec2::254]',
  '[fe80::1]',
  '[ff02::1]',
  '[fec0::1]',
  '[2001:db8::1]',
  '１２７.0.0.1',
  '127。0。0。1',
  'localhost',
  'LOCALHOST',
])('%s is refused before anything is sent', async (host) => {
  expect(await ask(openGuard(), `http://${host}:${port}/`)).toMatchObject(refused)
})

test('a name is refused for any of its addresses, and an address in a notation of its own for what it means', async () => {
  const resolve = async () => ['93.184.216.34', '127.0.0.1']
  expect(await ask(openGuard({ resolve }), `http://mixed.example:${port}/`)).toMatchObject(refused)
  await expect(openGuard().resolveHost('2130706433')).rejects.toMatchObject(refused)
  await expect(openGuard({ resolve: async () => [] }).resolveHost('none.example')).rejects.toMatchObject({
    code: 'base.host_unknown',
  })
  await expect(openGuard({ resolve }).resolveHost('fe80::1%lo')).rejects.toMatchObject(refused)
})

test('what is connected to is what was checked, however often the name changes its mind', async () => {
  let asked = 0
  // The address of documents (RFC 5737) stands for a public one; nothing answers there.
  const resolve = async () => ((asked += 1), asked === 1 ? ['192.0.2.1'] : ['127.0.0.1'])
  const guard = openGuard({ resolve, allowed: parseAllowedHosts('192.0.2.0/24') })
  const before = canary.requests.length
  // Given up after a while, or told by this machine that there is no way.
  await expect(guard.fetch(`http://rebind.example:${port}/`, { signal: AbortSignal.timeout(300) })).rejects.toThrow(
    /aborted|fetch failed/,
  )
  expect(asked).toBe(1)
  await expect(guard.fetch(`http://rebind.example:${port}/`)).rejects.toMatchObject(refused)
  expect(canary.requests).toHaveLength(before)
})

test.each([
  'ftp://example.com/',
  'file:///etc/passwd',
  'data:text/plain,hello',
  'http://user:word@example.com/',
  'http://example.com@127.0.0.1/',
])('%s is no address to open', async (url) => {
  expect(await ask(openGuard(), url)).toMatchObject(refused)
})

describe('an installation that allows a host of its own', () => {
  const allowed = parseAllowedHosts(' intranet.test, *.corp.test ,127.0.0.1/32 ')

  test('reaches it under its name and by its network, with its body and through redirects', async () => {
    const guard = openGuard({ allowed, resolve: async () => ['127.0.0.1'] })
    const answer = await guard.fetch(`http://intranet.test:${port}/`, { method: 'POST', body: 'you' })
    expect(await answer.text()).toBe('heard you')
    const followed = await guard.fetch(`http://127.0.0.1:${port}/to?http://a.corp.test:${port}/end`)
    expect(await followed.text()).toBe('heard ')
    expect(followed.url).toBe(`http://a.corp.test:${port}/end`)
  })

  test.each(['http://[::1]:81/', 'http://10.0.0.1/', 'http://169.254.169.254/latest/meta-data', 'file:///etc/passwd'])(
    'does not go on to %s',
    async (target) => {
      const guard = openGuard({ allowed })
      const error = await guard.fetch(`http://127.0.0.1:${port}/to?${target}`).then(
        () => expect.fail('it was followed'),
        (failure: unknown) => failure,
      )
      if (target.startsWith('http')) expect(error).toMatchObject(refused)
    },
  )

  test('is not led to the secrets of its machine by that name', async () => {
    const guard = openGuard({ allowed, resolve: async () => ['169.254.169.254'] })
    await expect(guard.resolveHost('intranet.test')).rejects.toMatchObject(refused)
    await expect(guard.resolveHost('other.test')).rejects.toMatchObject(refused)
  })

  test.each(['2130706433', '0x7f.1', '10.0.0.0/33', 'two words', 'http://intranet', ':80'])(
    'cannot name %s',
    (entry) => {
      expect(() => parseAllowedHosts(entry)).toThrow(
        `"${entry}" in NEONHUB_ALLOWED_PRIVATE_HOSTS is no host or network`,
      )
    },
  )
})

test('a URL is told at once what would be refused later', () => {
  const { checkUrl } = openGuard({ allowed: parseAllowedHosts('intranet.test') })
  for (const url of ['https://example.com/hook', 'http://intranet.test/hook']) expect(() => checkUrl(url)).not.toThrow()
  for (const url of ['http://example.com/', 'https://127.1/', 'https://app.localhost/', 'https://a:b@example.com/']) {
    expect(() => checkUrl(url), url).toThrow(expect.objectContaining(refused))
  }
})
