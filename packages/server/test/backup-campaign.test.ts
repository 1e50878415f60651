import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { backUp, inspectBackup, restoreBackup } from '../src/ops/index.ts'
import { runCli } from './cli.ts'
import { caller } from './crash-agent.ts'
import {
  createEmptyServerDatabase,
  databaseKinds,
  dropServerDatabase,
  isMissing,
  openTestDatabase,
  makeDataDir,
} from './database.ts'
import { restOf, startTestRuntime } from './runtime.ts'

const local = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const example = local('../../../examples/pinwright/')
const secret = 'a secret of at least thirty-two characters'
const recipients = ['ann@example.com', 'ben@example.com']
const networks = ['linkedin', 'x']

const Run = z.looseObject({ runId: z.string(), status: z.string() })
const Effect = z.looseObject({ channel: z.string(), id: z.string() })
/** The recorder listens on this machine. */
const allowing = { NEONHUB_ALLOWED_PRIVATE_HOSTS: '127.0.0.1' }

const Ports = z.object({ smtpPort: z.number(), httpPort: z.number() })

let folder: string
let effectsFile: string
let file: string
let runId: string
let stopRecorder: () => void

const readEffects = async () =>
  (await readFile(effectsFile, 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((line) => Effect.parse(JSON.parse(line)))

async function expectGood(parameters: readonly string[], environment: Readonly<Record<string, string>>) {
  const result = await runCli(parameters, { environment })
  expect(`${result.code} ${result.code === 0 ? '' : result.stderr}`.trim()).toBe('0')
  return result.json
}

/** A process that shares no code with NeonHub takes the mail and the webhooks. */
async function startRecorder(): Promise<z.output<typeof Ports>> {
  await writeFile(effectsFile, '')
  const child = spawn(execPath, [local('kill/effect-recorder.ts'), effectsFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  stopRecorder = () => child.kill('SIGKILL')
  const lines = createInterface(child.stdout)
  return Ports.parse(JSON.parse(await new Promise<string>((resolve) => lines.once('line', resolve))))
}

describe('a campaign that waits for its approvals', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'neonhub-backup-campaign-'))
    effectsFile = join(folder, 'effects.jsonl')
    file = join(folder, 'backup.neonhub')
    const { smtpPort, httpPort } = await startRecorder()
    const environment = {
      NEONHUB_DATA_DIR: await makeDataDir(join(folder, 'old')),
      NEONHUB_SECRET: secret,
      ...allowing,
    }
    const brand = join(folder, 'brand')
    await cp(join(example, 'documents', 'support'), brand, { recursive: true })
    await cp(join(example, 'voice.md'), join(brand, 'voice.md'))
    const from = { name: 'Back', address: 'back@example.com' }
    const mail = { settings: { host: '127.0.0.1', port: smtpPort, security: 'none', from }, credentials: {} }
    const hook = {
      settings: { url: `http://127.0.0.1:${httpPort}/hook` },
      credentials: { secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` },
    }
    const brief = {
      name: 'Backed up',
      topic: 'How to return a tool and what the warranty covers',
      objective: 'Show that a restored run goes on',
      callToAction: { label: 'Read the terms', url: 'https://pinwright.example/terms' },
      article: { words: 200 },
      email: { connection: 'mail', to: recipients },
      social: { via: 'webhook', connection: 'hook', networks },
    }
    for (const [name, content] of Object.entries({ mail, hook, brief })) {
      await writeFile(join(folder, `${name}.json`), JSON.stringify(content))
    }
    const agreed = recipients.map((address) => `${address},granted,Said so in a test`)
    // The brand's own people come in with it.
    await writeFile(join(brand, 'people.csv'), ['email,consent,consent_evidence', ...agreed, ''].join('\n'))
    await expectGood(['brand', 'import', brand, '--slug', 'back'], environment)
    await expectGood(
      ['connections', 'add', 'mail', '--connector', 'email', '--file', join(folder, 'mail.json')],
      environment,
    )
    await expectGood(
      ['connections', 'add', 'hook', '--connector', 'webhook', '--file', join(folder, 'hook.json')],
      environment,
    )
    const input = join(folder, 'brief.json')
    const started = await runCli(
      ['run', 'CampaignAgent', 'launch-campaign', '--brand', 'back', '--input', input, '--json'],
      { environment },
    )
    const run = Run.parse(started.json)
    expect(run.status).toBe('waiting')
    ;({ runId } = run)
    await expectGood(['db', 'backup', file, '--json'], environment)
    await rm(join(folder, 'old'), { recursive: true })
  }, 300_000)
  afterAll(async () => {
    stopRecorder()
    await rm(folder, { recursive: true, force: true })
  })

  for (const kind of databaseKinds) {
    test.skipIf(isMissing(kind))(
      `goes on to its end on a restored ${kind} database, with each effect once`,
      { timeout: 300_000 },
      async () => {
        const before = await readEffects()
        const databaseUrl = kind === 'server' ? await createEmptyServerDatabase() : undefined
        const environment = {
          ...allowing,
          NEONHUB_DATA_DIR: join(folder, `new-${kind}`),
          NEONHUB_SECRET: secret,
          ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
        }
        try {
          const restored = await expectGood(['db', 'restore', file, '--json'], environment)
          expect(restored).toMatchObject({ verified: true, credentials: 'open', unfinished: { runs: 1 } })
          expect(await readEffects()).toEqual(before)
          const approved = await runCli(['approve', runId, '--json'], { environment })
          expect(Run.parse(approved.json)).toMatchObject({ runId, status: 'succeeded' })
          const effects = await readEffects()
          const mails = effects.slice(before.length).filter(({ channel }) => channel === 'email')
          expect(new Set(mails.map(({ id }) => id)).size).toBe(recipients.length)
          expect(mails).toHaveLength(recipients.length)
          // Restored twice, it sends twice, but under the same id: who takes each id once has each webhook once.
          const hooks = effects.filter(({ channel }) => channel === 'webhook')
          expect(hooks).toHaveLength(networks.length)
          await runCli(['runs', 'resume', runId], { environment })
          expect(await readEffects()).toEqual(effects)
        } finally {
          if (databaseUrl !== undefined) await dropServerDatabase(databaseUrl)
        }
      },
    )
  }
})

describe.each(databaseKinds.filter((kind) => !isMissing(kind)))(
  'a run that is queued in a backup of the %s database',
  (kind) => {
    test(
      'is found by the reconciler where it was restored, though no queue holds it',
      { timeout: 120_000 },
      async () => {
        const place = await mkdtemp(join(tmpdir(), 'neonhub-backup-queued-'))
        const [source, target] = [await openTestDatabase(kind), await openTestDatabase(kind)]
        try {
          const before = await startTestRuntime(source, [caller])
          // Nobody works the queue, and nobody takes the job: its row is what there is.
          await before.stop()
          const { organizationId } = before
          const { runId: queued } = await before.runtime.startRun(organizationId, {
            agent: 'Caller',
            intent: 'call',
            input: { tool: 'slack.listChannels', mark: 'm' },
            requestedBy: 'cli',
            approveAll: true,
          })
          const path = join(place, 'queued.neonhub')
          const onProgress = () => {}
          await backUp(source, { path, organization: undefined, replaces: false, onProgress })
          const header = await inspectBackup(path, onProgress)
          const restored = await restoreBackup(target, { path, header, masterKey: before.masterKey, onProgress })
          expect(restored.unfinished).toMatchObject({ runs: 1, jobs: 1 })
          const after = await startTestRuntime(target, [caller])
          try {
            const run = await restOf({ runtime: after.runtime, organizationId, database: target }, queued)
            expect(run.status).toBe('succeeded')
          } finally {
            await after.stop()
          }
        } finally {
          await source.close()
          await target.close()
          await rm(place, { recursive: true })
        }
      },
    )
  },
)
