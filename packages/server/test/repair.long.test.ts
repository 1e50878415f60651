import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { runCli } from './cli.ts'
import { type Behaviour, startModelServer } from './model-server.ts'

const example = fileURLToPath(new URL('../../../examples/pinwright/', import.meta.url))
const Result = z.looseObject({
  runId: z.string(),
  status: z.string(),
  error: z.looseObject({ code: z.string() }).optional(),
  llmCalls: z.number(),
  costMicros: z.number(),
  toolExecutions: z.array(z.looseObject({ tool: z.string(), status: z.string() })),
  content: z.array(z.looseObject({ kind: z.string() })),
})

let folder: string
let server: Awaited<ReturnType<typeof startModelServer>>
let behave: (call: number) => Behaviour
const environment = (more: Readonly<Record<string, string>> = {}) => ({
  NEONHUB_DATA_DIR: join(folder, 'data'),
  OPENAI_COMPATIBLE_BASE_URL: server.url,
  OPENAI_COMPATIBLE_API_KEY: 'sk-test',
  NEONHUB_MODEL: 'compatible:composer-1',
  ...more,
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-repair-'))
  server = await startModelServer((call) => behave(call))
  behave = () => 'answers'
  expect((await runCli(['brand', 'import', example], { environment: environment() })).code).toBe(0)
})
afterEach(() => {
  behave = () => 'answers'
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

const launch = async (more: Readonly<Record<string, string>> = {}) => {
  const parameters = ['run', 'CampaignAgent', 'launch-campaign', '--brand', 'pinwright', '--approve-all', '--json']
  const result = await runCli([...parameters, '--input', join(example, 'brief.yaml')], {
    environment: environment(more),
  })
  return { ...result, run: Result.parse(result.json) }
}
const resume = async (runId: string) => {
  const result = await runCli(['runs', 'resume', runId, '--json'], { environment: environment() })
  return { ...result, run: Result.parse(result.json) }
}

/** What one whole campaign asks a model, so that a fault can be put in its middle. */
let wholeCalls: number

test('a campaign goes through on a provider that answers', async () => {
  const { code, run } = await launch()
  expect({ code, status: run.status }).toEqual({ code: 0, status: 'succeeded' })
  expect(run.toolExecutions).toHaveLength(6)
  wholeCalls = server.calls()
  expect(run.llmCalls).toBeGreaterThanOrEqual(wholeCalls)
})

test('one nonsensical answer is repaired without a word', async () => {
  const first = server.calls()
  behave = (call) => (call === first + 2 ? 'nonsense' : 'answers')
  const { code, run } = await launch()
  expect({ code, status: run.status }).toEqual({ code: 0, status: 'succeeded' })
  expect(server.calls() - first).toBe(wholeCalls + 1)
})

test('a provider that turns to nonsense fails the step, and a resume goes on from there', async () => {
  const first = server.calls()
  // From the check of the article on: whoever is asked after it (the check, the email, three posts) is asked one by one or
  // for a form, so that no nonsense passes for a text.
  const good = wholeCalls - 5
  behave = (call) => (call - first > good ? 'nonsense' : 'answers')
  const failed = await launch()
  expect(failed.code).toBe(1)
  expect(failed.run).toMatchObject({ status: 'failed', error: { code: 'llm.answer_unfit' } })
  expect(failed.run.toolExecutions).toEqual([])

  behave = () => 'answers'
  const before = server.calls()
  const { code, run } = await resume(failed.run.runId)
  expect({ code, status: run.status }).toEqual({ code: 0, status: 'succeeded' })
  expect(run.toolExecutions.map(({ status }) => status)).toEqual(Array(6).fill('succeeded'))
  // What was answered well is not asked again.
  expect(server.calls() - before).toBeLessThanOrEqual(wholeCalls - good)
})

test('a provider that hangs is given up in time, and a resume goes on', async () => {
  const first = server.calls()
  behave = (call) => (call - first > 2 ? 'hangs' : 'answers')
  const failed = await launch({ NEONHUB_MODEL_TIMEOUT_SECONDS: '2' })
  expect(failed.code).toBe(1)
  expect(failed.run).toMatchObject({ status: 'failed', error: { code: 'llm.timeout' } })
  behave = () => 'answers'
  const { run } = await resume(failed.run.runId)
  expect(run.status).toBe('succeeded')
})
