import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { runCli } from '../cli.ts'

const local = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const example = local('../../../../examples/pinwright/')

const Ports = z.object({ smtpPort: z.number(), httpPort: z.number() })
const Effect = z.looseObject({ channel: z.enum(['email', 'webhook']), id: z.string() })
const Outcome = z.looseObject({
  runId: z.string(),
  status: z.string(),
  toolExecutions: z.array(z.object({ id: z.string(), tool: z.string(), status: z.string() })),
})

/** Starts the recorder of effects, a process that shares no code with NeonHub. */
async function startRecorder(file: string) {
  const child = spawn(execPath, [local('effect-recorder.ts'), file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)
  const ports = await new Promise<string>((resolve) => lines.once('line', resolve))
  return { ...Ports.parse(JSON.parse(ports)), stop: () => child.kill('SIGKILL') }
}

let folder: string
let recorder: Awaited<ReturnType<typeof startRecorder>>
let effectsFile: string
let environment: Record<string, string>

const recipients = ['ann@example.com', 'ben@example.com']
const networks = ['linkedin', 'x', 'instagram']

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-kill-'))
  effectsFile = join(folder, 'effects.jsonl')
  await writeFile(effectsFile, '')
  recorder = await startRecorder(effectsFile)
  environment = { NEONHUB_DATA_DIR: join(folder, 'data'), NEONHUB_ALLOWED_PRIVATE_HOSTS: '127.0.0.1' }
  const brand = join(folder, 'brand')
  await mkdir(brand)
  await cp(join(example, 'voice.md'), join(brand, 'voice.md'))
  await cp(join(example, 'documents', 'support'), join(brand, 'support'), { recursive: true })
  await cp(join(example, 'documents', 'products'), join(brand, 'products'), { recursive: true })
  await writeFile(join(folder, 'mail.json'), JSON.stringify(mailConnection(recorder.smtpPort)))
  await writeFile(join(folder, 'hook.json'), JSON.stringify(hookConnection(recorder.httpPort)))
  await writeFile(join(folder, 'brief.json'), JSON.stringify(brief))
  await expectGood(['brand', 'import', brand, '--slug', 'kill'])
  for (const address of recipients) {
    await expectGood(['people', 'consent', address, '--status', 'granted', '--evidence', 'Said so in a test'])
  }
  await expectGood(['connections', 'add', 'mail', '--connector', 'email', '--file', join(folder, 'mail.json')])
  await expectGood(['connections', 'add', 'hook', '--connector', 'webhook', '--file', join(folder, 'hook.json')])
})

afterAll(async () => {
  recorder.stop()
  await rm(folder, { recursive: true, force: true })
})

const mailConnection = (port: number) => ({
  settings: { host: '127.0.0.1', port, security: 'none', from: { name: 'Kill', address: 'kill@example.com' } },
  credentials: {},
})
const hookConnection = (port: number) => ({
  settings: { url: `http://127.0.0.1:${port}/hook` },
  credentials: { secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` },
})
const brief = {
  name: 'Killed again and again',
  topic: 'How to return a tool and what the warranty covers',
  objective: 'Show that nothing is sent twice',
  keywords: ['warranty'],
  callToAction: { label: 'Read the terms', url: 'https://pinwright.example/terms' },
  article: { words: 200 },
  email: { connection: 'mail', to: recipients },
  social: { via: 'webhook', connection: 'hook', networks },
}

async function expectGood(parameters: readonly string[]): Promise<void> {
  const { code, stderr } = await runCli(parameters, { environment })
  expect(`${code} ${code === 0 ? '' : stderr}`.trim()).toBe('0')
}

const readEffects = async () =>
  (await readFile(effectsFile, 'utf8'))
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => Effect.parse(JSON.parse(line)))

/** What a person does about a call whose outcome nobody knows: looks whether it arrived, and says so. */
async function settleUnknown(executionId: string): Promise<void> {
  const hasArrived = (await readEffects()).some(({ id }) => id.includes(executionId))
  await runCli(['settle', executionId, hasArrived ? 'succeeded' : 'failed'], { environment })
}

/** As a person does who comes back to a machine that went down. */
async function findRunId(): Promise<string> {
  const { json } = await runCli(['runs', '--json'], { environment })
  return z.object({ runs: z.tuple([z.object({ id: z.string() })]) }).parse(json).runs[0].id
}

/** `NEONHUB_TEST_KILL_AFTER=5` kills after every fifth write, in a fifth of the minutes. */
const killAfter = Number(process.env['NEONHUB_TEST_KILL_AFTER'] ?? 1)

test('killed with -9 after the writes of its journal, a campaign has each effect once', async () => {
  const preload = local('kill-after-write.ts')
  const killing = { environment: { ...environment, KILL_AFTER: `${killAfter}` }, preload }
  let result = await runCli(
    [
      'run',
      'CampaignAgent',
      'launch-campaign',
      '--brand',
      'kill',
      '--input',
      join(folder, 'brief.json'),
      '--approve-all',
    ],
    killing,
  )
  const runId = await findRunId()
  let kills = 1
  let unknown = 0
  while (kills < 200) {
    result = await runCli(['runs', 'resume', runId, '--json'], killing)
    if (result.signal === 'SIGKILL') {
      kills += 1
      continue
    }
    const outcome = Outcome.parse(result.json)
    if (outcome.status === 'succeeded') break
    const open = outcome.toolExecutions.filter(({ status }) => status === 'unknown')
    unknown += open.length
    for (const { id } of open) await settleUnknown(id)
  }

  expect(Outcome.parse(result.json).status).toBe('succeeded')
  const effects = await readEffects()
  const repeated = effects.length - new Set(effects.map(({ id }) => id)).size
  const missing = recipients.length + networks.length - new Set(effects.map(({ id }) => id)).size
  process.stdout.write(`${JSON.stringify({ kills, effects: effects.length, repeated, missing, unknown })}\n`)
  expect({ repeated, missing }).toEqual({ repeated: 0, missing: 0 })
  expect(effects.filter(({ channel }) => channel === 'email')).toHaveLength(recipients.length)
  expect(effects.filter(({ channel }) => channel === 'webhook')).toHaveLength(networks.length)
  // Every step of the campaign is a boundary that it was killed at.
  expect(kills).toBeGreaterThan(25 / killAfter)
}, 1_200_000)
