import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { type ExampleBrand, importFolder, openExampleBrand } from '../../test/example-brand.ts'
import { restOf } from '../../test/runtime.ts'
import { asId, type RunId } from '../base/ids.ts'
import { type TenantTx, withTenant } from '../db/index.ts'
import { checkVoice, listContentOfRuns } from '../marketing/index.ts'
import { findVoice } from '../knowledge/index.ts'
import { agents } from './index.ts'
import { postLength } from './social/networks.ts'

let example: ExampleBrand
let brief: Record<string, unknown>
const inside = <Result>(work: (tx: TenantTx) => Promise<Result>) =>
  withTenant(example.database, example.organizationId, work)
const launch = (input: unknown, approveAll = false, brand = example.brand) =>
  example.run({ agent: 'CampaignAgent', intent: 'launch-campaign', input, approveAll, brand })

const Output = z.object({
  content: z.array(z.object({ key: z.string(), kind: z.string(), status: z.string() })),
  seo: z.object({ score: z.number() }),
  deliveries: z.array(z.object({ key: z.string(), status: z.string(), tool: z.string() })),
})

/** What the run's calls left in the sandboxes' stores. */
async function executionsOf(runId: string) {
  return inside((tx) =>
    tx
      .selectFrom('tool_executions')
      .select(['id', 'tool', 'status', 'arguments'])
      .where('run_id', '=', runId)
      .orderBy('id')
      .execute(),
  )
}
async function sandboxRows(collection: string) {
  return inside((tx) =>
    tx.selectFrom('sandbox_records').select(['key', 'value']).where('collection', '=', collection).execute(),
  )
}

beforeAll(async () => {
  const text = await readFile(new URL('../../../../examples/pinwright/brief.yaml', import.meta.url), 'utf8')
  brief = parse(text)
  example = await openExampleBrand()
}, 240_000)
afterAll(() => example?.stop())

test('with everything approved beforehand the campaign is out: one email a recipient and a post a network', async () => {
  const row = await launch(brief, true)
  expect(row.error).toBeNull()
  const output = Output.parse(row.output)
  expect(output.deliveries.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 'succeeded'))
  expect(output.content.map(({ key, kind, status }) => [key, kind, status])).toEqual([
    ['article', 'article', 'draft'],
    ['email', 'email', 'published'],
    ['linkedin post', 'social_script', 'published'],
    ['x post', 'social_script', 'published'],
    ['instagram post', 'social_script', 'published'],
  ])
  const executions = await executionsOf(row.id)
  const sent = executions.filter(({ tool }) => tool === 'email.send')
  expect(sent.map(({ arguments: input }) => z.object({ to: z.array(z.string()) }).parse(input).to)).toEqual(
    expect.arrayContaining([['helen.marsh@example.com'], ['raj.sandhu@example.com'], ['sam.oyelaran@example.com']]),
  )
  const ids = new Set(executions.map(({ id }) => id))
  expect((await sandboxRows('outbox')).filter(({ key }) => ids.has(key))).toHaveLength(3)
  const posted = (await sandboxRows('messages')).map(({ value }) =>
    z.object({ idempotencyKey: z.string() }).parse(value),
  )
  expect(posted.filter(({ idempotencyKey }) => ids.has(idempotencyKey))).toHaveLength(3)
})

test('the pieces cite passages of the brand, keep its voice and fit their channels', async () => {
  const [run] = await inside((tx) =>
    tx.selectFrom('campaigns').select(['run_id', 'brand_id', 'status']).orderBy('created_at').limit(1).execute(),
  )
  const runId: RunId = asId(run?.run_id ?? '')
  expect(run?.status).toBe('active')
  const pieces = (await inside((tx) => listContentOfRuns(tx, [runId]))).get(runId) ?? []
  expect(pieces).toHaveLength(5)
  const voice = await inside((tx) => findVoice(tx, asId(run?.brand_id ?? '')))
  for (const piece of pieces) {
    expect(piece.model).toBe('sandbox:composer')
    expect(piece.citations).not.toEqual([])
    const chunks = await inside((tx) =>
      tx
        .selectFrom('chunks')
        .select('id')
        .where('brand_id', '=', run?.brand_id ?? '')
        .where(
          'id',
          'in',
          piece.citations.map(({ chunkId }) => chunkId),
        )
        .execute(),
    )
    expect(chunks).toHaveLength(new Set(piece.citations.map(({ chunkId }) => chunkId)).size)
    const prose = piece.body.replaceAll(/https?:\/\/\S+/g, '')
    expect(checkVoice(prose, { rules: [], avoid: voice?.avoid ?? [] })).toEqual([])
    expect(piece.body).toContain(
      piece.key === 'instagram post' ? 'Book a bench place' : 'https://pinwright.example/repair-month',
    )
  }
  const article = pieces.find(({ key }) => key === 'article')
  const marks = [...(article?.body ?? '').matchAll(/\[(\d+)\](?!\()/g)].map(([, number]) => Number(number))
  expect([...new Set(marks)]).toEqual(article?.citations.map(({ source }) => source))
  expect(article?.body).not.toMatch(/\[S\d/)
  const post = pieces.find(({ key }) => key === 'x post')
  expect(postLength(post?.body ?? '', 'x')).toBeLessThanOrEqual(280)
})

test('effects wait for a person; what is denied is told, and the rest goes out', async () => {
  const waiting = await launch(brief)
  expect(waiting).toMatchObject({ status: 'waiting', waiting_for: 'approval' })
  const pending = await inside((tx) =>
    tx
      .selectFrom('approvals as a')
      .innerJoin('tool_executions as t', 't.id', 'a.tool_execution_id')
      .select(['a.id', 't.step_key'])
      .where('t.run_id', '=', waiting.id)
      .execute(),
  )
  expect(pending).toHaveLength(6)
  expect((await executionsOf(waiting.id)).every(({ status }) => status === 'awaiting_approval')).toBe(true)
  for (const { id, step_key: key } of pending) {
    await example.runtime.decideApproval(example.organizationId, asId(id), {
      approve: !key.includes('x post'),
      by: 'user:ann',
    })
  }
  let row = await restOf(example, asId(waiting.id))
  // A wait between two decisions is a rest too.
  while (row.status === 'waiting' || row.status === 'queued' || row.status === 'running')
    row = await restOf(example, asId(waiting.id))
  expect(row.status).toBe('succeeded')
  const output = Output.parse(row.output)
  expect(output.deliveries.filter(({ status }) => status === 'denied').map(({ key }) => key)).toEqual([
    'hand on the x post',
  ])
  expect(output.content.find(({ key }) => key === 'x post')?.status).toBe('draft')
  expect(output.content.filter(({ status }) => status === 'published').map(({ key }) => key)).toEqual([
    'email',
    'linkedin post',
    'instagram post',
  ])
})

test('a delivery that a provider refuses fails the run once the others have been tried, and resuming tries it again', async () => {
  const input = { ...brief, social: { ...z.looseObject({}).parse(brief['social']), channel: '#nowhere' } }
  const row = await launch(input, true)
  expect(row.status).toBe('failed')
  expect(row.error).toMatchObject({ code: 'agents.delivery_failed' })
  const statuses = (await executionsOf(row.id)).map(({ tool, status }) => `${tool} ${status}`).toSorted()
  expect(statuses).toEqual([
    ...Array.from({ length: 3 }, () => 'email.send succeeded'),
    ...Array.from({ length: 3 }, () => 'slack.postMessage failed'),
  ])
  await example.runtime.resumeRun(example.organizationId, asId(row.id))
  const again = await restOf(example, asId(row.id))
  expect(again).toMatchObject({ status: 'failed', attempt: 2 })
  const tried = (await executionsOf(row.id)).filter(({ tool }) => tool === 'email.send')
  expect(tried).toHaveLength(3)
})

test('a webhook takes the posts as events', async () => {
  const { email: _email, ...rest } = brief
  const row = await launch({ ...rest, article: { words: 200 }, social: { via: 'webhook', networks: ['x'] } }, true)
  expect(row.error).toBeNull()
  const [execution] = await executionsOf(row.id)
  expect(execution).toMatchObject({
    tool: 'webhook.deliver',
    arguments: { type: 'social.post', data: { network: 'x' } },
  })
})

test('an article that its check finds wanting is revised once, and the better one is kept', async () => {
  const keywords = ['moon landing', 'tax return', 'violin strings']
  const row = await launch({ ...brief, keywords, article: { words: 200 } }, true)
  expect(row.error).toBeNull()
  const children = await inside((tx) =>
    tx.selectFrom('agent_runs').select(['parent_step_key', 'output']).where('parent_run_id', '=', row.id).execute(),
  )
  const scoreOf = (key: string) => {
    const child = children.find(({ parent_step_key: step }) => step === key)
    return z.object({ score: z.number() }).parse(child?.output).score
  }
  const scores = [scoreOf('check the article'), scoreOf('check the revised article')]
  expect(scores[0]).toBeLessThan(85)
  expect(Output.parse(row.output).seo.score).toBe(Math.max(...scores))
})

test('a campaign that is kept can be reviewed', async () => {
  const [campaign] = await inside((tx) =>
    tx.selectFrom('campaigns').select('id').orderBy('created_at').limit(1).execute(),
  )
  const row = await example.run({ agent: 'CampaignAgent', intent: 'review', input: { campaignId: campaign?.id } })
  expect(row.error).toBeNull()
  expect(row.output).toMatchObject({ pieces: expect.arrayContaining([expect.objectContaining({ key: 'article' })]) })
  const missing = await example.run({
    agent: 'CampaignAgent',
    intent: 'review',
    input: { campaignId: example.organizationId },
  })
  expect(missing.error).toMatchObject({ code: 'agents.campaign_missing' })
})

test('a brand without documents, and a run without a brand, are told what to do', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'neonhub-')), 'bare-brand')
  mkdirSync(folder)
  writeFileSync(join(folder, 'brand.yaml'), 'name: Bare\nslug: bare\n')
  writeFileSync(join(folder, 'only.md'), '# Only\n\nThis page goes away again.\n')
  const bare = await importFolder(example, folder)
  await inside((tx) => tx.deleteFrom('documents').where('path', '=', 'only.md').execute())
  const row = await launch(brief, true, bare)
  expect(row).toMatchObject({
    status: 'failed',
    error: { code: 'agents.no_sources', hint: expect.stringContaining('brand import') },
  })
  const unbranded = example.runtime.startRun(example.organizationId, {
    agent: 'CampaignAgent',
    intent: 'launch-campaign',
    input: brief,
    requestedBy: 'cli',
  })
  await expect(unbranded).rejects.toMatchObject({
    code: 'runtime.brand_missing',
    hint: expect.stringContaining('--brand'),
  })
})

test('a brief that does not fit is refused with the place and the reason', () => {
  const schema = agents.get('CampaignAgent')?.intents['launch-campaign']?.input
  const issuesOf = (change: object) =>
    schema?.safeParse({ ...brief, ...change }).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  expect(issuesOf({})).toBeUndefined()
  expect(issuesOf({ objective: undefined })).toEqual(['objective: must say what the campaign is judged by'])
  expect(issuesOf({ article: { words: 'many' } })).toEqual(['article.words: must be a whole number'])
  expect(issuesOf({ email: { to: ['helen'] } })).toEqual(['email.to.0: must be an e-mail address'])
  expect(issuesOf({ email: { to: ['a@example.com', 'A@example.com'] } })).toEqual([
    'email.to: must name each recipient once',
  ])
  expect(issuesOf({ social: { networks: ['myspace'] } })).toEqual([
    'social.networks.0: must be linkedin, x or instagram',
  ])
  expect(issuesOf({ callToAction: { label: 'Go', url: 'javascript:alert(1)' } })?.[0]).toContain(
    'callToAction.url: must be a link',
  )
  expect(issuesOf({ scheduleAt: 'now' })?.[0]).toContain('scheduleAt')
  expect(issuesOf({ email: undefined, social: undefined })?.[0]).toContain('needs email, social or both')
})
