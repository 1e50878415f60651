import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { runCli } from '../../test/cli.ts'
import { makeDataDir } from '../../test/database.ts'
import { type RunningServer, startServer } from '../../test/running-server.ts'

let folder: string
let environment: Record<string, string>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-cli-'))
  environment = { NEONHUB_DATA_DIR: await makeDataDir(join(folder, 'data')) }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const cli = (...parameters: string[]) => runCli(parameters, { environment })
const campaign = (...parameters: string[]) => cli('run', 'CampaignAgent', 'launch-campaign', ...parameters)

/** A refusal as a person sees it: what is wrong, a way on, a code, no stack, nothing on standard output. */
function expectRefusal(result: Awaited<ReturnType<typeof cli>>, words: readonly (string | RegExp)[]): void {
  expect(result.code).toBe(1)
  for (const word of words) expect(result.stderr).toMatch(word)
  expect(result.stderr).toMatch(/^error: /)
  expect(result.stderr).not.toMatch(/\n\s+at /)
  expect(result.stdout).toBe('')
}

test('whichever command comes first keeps the owner’s password, which nobody could learn later', async () => {
  await cli('brand', 'list')
  const kept = await readFile(join(folder, 'data', 'sign-in.txt'), 'utf8')
  expect(kept).toMatch(/^http:\/\/localhost:\d+\nowner@neonhub\.local\n\S{16}\n$/)
  expect((await stat(join(folder, 'data', 'sign-in.txt'))).mode & 0o077).toBe(0)
})

test('an installation says which model embeds its brands, and has nothing to do where there are none', async () => {
  expect((await cli('brand', 'embeddings')).stdout).toMatch(/embeds with energetic:.*\nNo brands yet/)
  expect((await cli('brand', 'reembed', '--json')).json).toEqual({
    model: 'energetic:model-embeddings-en',
    brands: [],
  })
})

test('a wrong setting is named, and a port in use says which to take', async () => {
  const wrong = await runCli(['runs'], { environment: { ...environment, PORT: 'high' } })
  expectRefusal(wrong, [/PORT/, /hint: .*unset/])
  const half = await runCli(['runs'], { environment: { ...environment, SLACK_CLIENT_ID: 'id' } })
  expectRefusal(half, [/SLACK_CLIENT_SECRET/, /is needed beside SLACK_CLIENT_ID/])
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const taken = await runCli(['start'], { environment: { ...environment, PORT: `${port}` } })
  server.close()
  expectRefusal(taken, [new RegExp(`Port ${port} is in use`), new RegExp(`PORT=${port + 1} npm start`)])
})

describe('beside a server that is at work', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({ ...environment, SLACK_CLIENT_ID: 'id', SLACK_CLIENT_SECRET: 'secret' })
  })
  afterAll(() => server?.stop())

  test('a brief that does not fit names each wrong place and why', async () => {
    const brief = join(folder, 'brief.yaml')
    await writeFile(brief, 'name: Spring\ntopic: Mills\nkeywords: []\nsocial: { networks: [myspace] }\nsurprise: 1\n')
    expectRefusal(await campaign('--input', brief), [/objective/, /social\.networks\[0\]/, /surprise/])
  })

  test('a brief that is not there, and one that is no YAML', async () => {
    expectRefusal(await campaign('--input', join(folder, 'nowhere.yaml')), [/nowhere\.yaml cannot be read/, /hint: /])
    const broken = join(folder, 'broken.yaml')
    await writeFile(broken, 'name: [unclosed')
    const refused = await campaign('--input', broken)
    expectRefusal(refused, [/neither YAML nor JSON/, /line 1, column 16/])
    expect(refused.stderr.trim().split('\n')).toHaveLength(3)
  })

  test('a brand that is not there says how to have one', async () => {
    const input = new URL('../../../../examples/pinwright/brief.yaml', import.meta.url).pathname
    expectRefusal(await campaign('--brand', 'nobody', '--input', input), [/no brand "nobody"/, /neonhub brand import/])
  })

  test('an agent, an intent and an intent of another agent that are not there are told apart', async () => {
    expectRefusal(await cli('run', 'Nobody', 'launch-campaign'), [/no agent named Nobody/, /CampaignAgent/])
    expectRefusal(await cli('run', 'CampaignAgent', 'dance'), [/No agent has an intent named dance/])
    expectRefusal(await cli('run', 'CampaignAgent', 'generate-draft'), [/ContentAgent has/])
  })

  test('a folder that is not there, and an id that is none', async () => {
    expectRefusal(await cli('brand', 'import', join(folder, 'nothing')), [/nothing/, /hint: /])
    expectRefusal(await cli('runs', 'show', '42'), [/"42" is not an id/])
    expectRefusal(await cli('keys', 'revoke', '42'), [/"42" is not an id/])
  })

  test('a usage that is wrong exits with 2', async () => {
    expect((await cli('frobnicate')).code).toBe(2)
    expect((await cli('run', 'CampaignAgent')).code).toBe(2)
    expect((await cli('runs', '--limit', 'many')).code).toBe(2)
    expect((await cli('runs', '--status', 'lost')).stderr).toMatch(/queued, running/)
  })

  test('a program that asked for JSON reads the refusal where it would have read the result', async () => {
    const refused = await cli('brand', 'import', join(folder, 'nothing'), '--json')
    expect(refused.code).toBe(1)
    expect(refused.json).toMatchObject({ error: { code: 'knowledge.folder_missing' } })
    const brief = join(folder, 'short.yaml')
    await writeFile(brief, 'name: Spring\n')
    expect((await campaign('--input', brief, '--json')).json).toMatchObject({
      error: {
        code: 'runtime.input_invalid',
        issues: expect.arrayContaining([{ path: 'topic', message: expect.any(String) }]),
      },
    })
  })

  test('an address where something else answers is told from a NeonHub', async () => {
    const server = createServer((_request, response) => response.end('<html>It works</html>'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const ask = (NEONHUB_URL: string) =>
      runCli(['runs'], { environment: { ...environment, NEONHUB_URL, NEONHUB_API_KEY: 'nh_key' } })
    expectRefusal(await ask(`http://127.0.0.1:${port}`), [/no NeonHub \(200\): <html>It works/, /hint: /])
    server.close()
    expectRefusal(await ask('hub.example.com'), [/NEONHUB_URL is "hub.example.com"/, /hint: /])
  })

  test('an empty installation answers its lists, and JSON is one line that a program can read', async () => {
    expect((await cli('runs')).stdout).toMatch(/No runs yet/)
    expect((await cli('approvals')).stdout).toMatch(/Nothing is pending/)
    expect((await cli('brand', 'list', '--json')).json).toEqual([])
    const connections = await cli('connections', '--json')
    expect(connections.json).toMatchObject([
      { name: 'email', mode: 'sandbox' },
      { name: 'slack', mode: 'sandbox' },
      { name: 'webhook', mode: 'sandbox' },
    ])
    expect((await cli('metrics')).stdout).toMatch(/Nothing was measured/)
    expect((await cli('connectors', '--json')).json).toMatchObject([
      { id: 'email', auth: 'optional', connections: [{ name: 'email' }] },
      { id: 'slack', auth: 'required', connections: [{ name: 'slack' }] },
      { id: 'webhook', auth: 'optional', connections: [{ name: 'webhook' }] },
    ])
    expect((await cli('connectors', 'show', 'slack')).stdout).toMatch(/slack\.postMessage.*lookup[\s\S]*botToken/)
    expectRefusal(await cli('connectors', 'show', 'telegraph'), [/no connector telegraph/, /email, slack, webhook/])
  })

  test('what is fixed of an action stays where it is switched off, and what it has not is refused with its place', async () => {
    const connections = z
      .array(z.object({ id: z.string(), name: z.string() }))
      .parse((await cli('connections', '--json')).json)
    const id = connections.find(({ name }) => name === 'slack')?.id ?? 'none'
    const configure = (...options: string[]) => cli('connections', 'configure', id, 'postMessage', ...options, '--json')
    const file = join(folder, 'slack.yaml')
    await writeFile(file, 'fixed: { channel: "#marketing" }\n')
    expect((await configure('--file', file)).json).toMatchObject({ version: 1, enabled: true })
    const off = { version: 2, enabled: false, fixed: { channel: '#marketing' } }
    expect((await configure('--disable')).json).toMatchObject(off)
    expect((await cli('connections', 'actions', id)).stdout).toMatch(/postMessage +off +\{"channel":"#marketing"\}/)
    const priced = { ...off, version: 3, price: { micros: 70_000, currency: 'EUR', per: 'recipient' } }
    expect((await configure('--price', '0.07', '--currency', 'EUR', '--per-recipient')).json).toMatchObject(priced)
    expect((await cli('connections', 'actions', id)).stdout).toMatch(/postMessage +off +0\.07 EUR a recipient +\{/)
    await writeFile(file, 'fixed: { chanel: "#marketing" }\n')
    expectRefusal(await cli('connections', 'configure', id, 'postMessage', '--file', file), [/fixed\.chanel/])
    expectRefusal(await cli('connections', 'configure', id, 'postMessage'), [/nothing to set/, /--enable/])
    expect((await configure('--enable')).json).toMatchObject({ ...priced, version: 4, enabled: true })
    for (const options of [
      ['--enable', '--per-recipient'],
      ['--enable', '--currency', 'USD'],
      ['--price', '0.0000001'],
    ])
      expectRefusal(await cli('connections', 'configure', id, 'postMessage', ...options), [/price|millionth/, /hint: /])
    expect((await configure('--enable')).json).toMatchObject({ ...priced, version: 5, enabled: true })
    expect((await configure('--no-price')).json).not.toHaveProperty('price')
  })

  test('who wants to connect an account by consent is told the page, or what the operator has to set', async () => {
    const ask = (connector: string) => cli('connections', 'connect', 'my team', '--connector', connector, '--json')
    const url = `${server.url}/connections?connect=slack&name=my+team`
    expect((await ask('slack')).json).toMatchObject({ url, scopes: expect.arrayContaining(['chat:write']) })
    const refused = await ask('email')
    expect(refused.code).toBe(1)
    const hint = expect.stringMatching(/connections\/callback\/email.*GOOGLE_CLIENT_ID/)
    expect(refused.json).toMatchObject({ error: { code: 'cli.no_consent', hint } })
  })
})
