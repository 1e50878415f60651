import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { runCli } from './cli.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
/** What the main job wrote is kept there, to be read by people. */
const artefacts = join(root, 'artefacts')
/** Documentation of a real project that was not written for this one (pino, MIT). */
const foreignDocs = join(dirname(createRequire(import.meta.url).resolve('pino/package.json')), 'docs')

const Result = z.strictObject({
  runId: z.string(),
  status: z.literal('succeeded'),
  steps: z.number().int().positive(),
  llmCalls: z.number().int().positive(),
  toolExecutions: z.array(
    z.strictObject({ id: z.string(), tool: z.string(), status: z.literal('succeeded'), approvalId: z.string() }),
  ),
  tokens: z.strictObject({ input: z.number().int().positive(), output: z.number().int().positive() }),
  costMicros: z.literal(0),
  sandbox: z.literal(true),
  models: z.array(z.string()),
  content: z.array(
    z.strictObject({
      id: z.uuid(),
      kind: z.string(),
      title: z.string().min(1),
      path: z.string(),
      citations: z.array(z.looseObject({ path: z.string(), startLine: z.number(), endLine: z.number() })),
    }),
  ),
  durationMs: z.number().positive(),
})

let folder: string
let environment: Record<string, string>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-main-'))
  environment = { NEONHUB_DATA_DIR: join(folder, 'data') }
  await mkdir(artefacts, { recursive: true })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const foreignBrief = {
  name: 'Logging without waiting',
  topic: 'How a Node.js service logs quickly: asynchronous logging, transports and redaction',
  objective: 'Get backend teams to read the documentation',
  keywords: ['transports', 'redaction', 'asynchronous logging'],
  callToAction: { label: 'Read the docs', url: 'https://docs.example/logging' },
  article: { words: 400 },
  email: { to: ['team@example.com'] },
  social: { channel: '#social-queue', networks: ['linkedin', 'x', 'instagram'] },
}

async function runCampaign({ slug, source, brief }: { slug: string; source: string; brief: string }) {
  const imported = await runCli(['brand', 'import', source, '--slug', slug, '--json'], {
    environment,
    timeoutMs: 240_000,
  })
  expect(imported.stderr).toBe('')
  const recipient = foreignBrief.email.to[0] ?? ''
  const agreed = ['people', 'consent', recipient, '--status', 'granted', '--evidence', 'Asked for it in the chat']
  expect((await runCli(agreed, { environment })).code).toBe(0)
  const out = join(artefacts, slug)
  const { code, stderr, json } = await runCli(
    [
      'run',
      'CampaignAgent',
      'launch-campaign',
      '--brand',
      slug,
      '--input',
      brief,
      '--approve-all',
      '--out',
      out,
      '--json',
    ],
    { environment },
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  await writeFile(join(out, 'result.json'), JSON.stringify(json, undefined, 2))
  return { imported: z.looseObject({ added: z.number() }).parse(imported.json), result: Result.parse(json) }
}

function expectWhole(result: z.output<typeof Result>, recipients: number): void {
  expect(result.content.map(({ kind }) => kind).toSorted()).toEqual([
    'article',
    'email',
    'social_script',
    'social_script',
    'social_script',
  ])
  for (const { kind, citations } of result.content) {
    // Posts have no room for marks; they rest on the sources that the article names.
    if (kind === 'article' || kind === 'email') expect(citations.length).toBeGreaterThan(0)
  }
  expect(result.toolExecutions.map(({ tool }) => tool).toSorted()).toEqual([
    ...Array(recipients).fill('email.send'),
    ...Array(3).fill('slack.postMessage'),
  ])
}

/** Every source that the article cites is a document of the folder, at lines that are there. */
async function expectCitationsThere(result: z.output<typeof Result>, source: string): Promise<void> {
  const cited = result.content.flatMap(({ citations }) => citations)
  for (const { path, startLine, endLine } of cited) {
    const lines = (await readFile(join(source, path), 'utf8')).split('\n').length
    expect(startLine).toBeGreaterThan(0)
    expect(endLine).toBeLessThanOrEqual(lines)
  }
}

test('the example brand’s campaign comes out whole, cited and delivered', async () => {
  const source = join(root, 'examples', 'pinwright')
  const { imported, result } = await runCampaign({ slug: 'pinwright', source, brief: join(source, 'brief.yaml') })
  expect(imported.added).toBe(23)
  expectWhole(result, 3)
  await expectCitationsThere(result, source)
}, 300_000)

test('so does a campaign on real documentation that was not written for it', async () => {
  const brief = join(folder, 'brief.json')
  await writeFile(brief, JSON.stringify(foreignBrief))
  const { imported, result } = await runCampaign({ slug: 'pino-docs', source: foreignDocs, brief })
  expect(imported.added).toBeGreaterThan(10)
  expectWhole(result, 1)
  await expectCitationsThere(result, foreignDocs)
}, 300_000)
