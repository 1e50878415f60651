import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOrganization, openTestDatabase } from '../../test/database.ts'
import { type BrandId, newId, type OrganizationId, type RunId } from '../base/ids.ts'
import { type Database, type TenantTx, withTenant } from '../db/index.ts'
import {
  findCampaign,
  listContentOfCampaign,
  listContentOfRuns,
  saveCampaign,
  saveContent,
  setCampaignStatus,
  setContentStatus,
} from './index.ts'

let database: Database
let organizationId: OrganizationId
let brandId: BrandId
let runId: RunId

const inside = <Result>(work: (tx: TenantTx) => Promise<Result>) => withTenant(database, organizationId, work)

async function addBrandAndRun(organization: OrganizationId): Promise<{ brandId: BrandId; runId: RunId }> {
  return withTenant(database, organization, async (tx) => {
    const brand: BrandId = newId()
    const run: RunId = newId()
    const agentId = newId()
    const organization_id = organization
    await tx.insertInto('brands').values({ organization_id, id: brand, slug: 'acme', name: 'Acme' }).execute()
    await tx.insertInto('agents').values({ organization_id, id: agentId, name: 'Writer', kind: 'workflow' }).execute()
    await tx
      .insertInto('agent_runs')
      .values({
        organization_id,
        id: run,
        root_run_id: run,
        agent: 'Writer',
        agent_id: agentId,
        intent: 'write',
        brand_id: brand,
        status: 'queued',
        input: '{}',
        input_hash: 'x',
        requested_by: 'cli',
      })
      .execute()
    return { brandId: brand, runId: run }
  })
}

beforeAll(async () => {
  database = await openTestDatabase('embedded')
  organizationId = await addOrganization(database)
  ;({ brandId, runId } = await addBrandAndRun(organizationId))
})
afterAll(() => database.close())

const citation = {
  source: 1,
  chunkId: newId(),
  documentId: newId(),
  path: 'a.md',
  title: 'A',
  heading: 'B',
  startLine: 1,
  endLine: 3,
}
const piece = () => ({
  runId,
  key: 'article',
  brandId,
  kind: 'article' as const,
  title: 'First',
  body: 'Text [1]',
  citations: [citation],
  model: 'sandbox:composer',
})

test('a run has one campaign, however often it is written', async () => {
  const campaign = { runId, brandId, name: 'Spring', type: 'content' as const, brief: { topic: 'mills' } }
  const first = await inside((tx) => saveCampaign(tx, campaign))
  expect(await inside((tx) => saveCampaign(tx, campaign))).toBe(first)
  expect(await inside((tx) => findCampaign(tx, first))).toMatchObject({ status: 'draft', brief: { topic: 'mills' } })
  expect(await inside((tx) => setCampaignStatus(tx, { campaignId: first, status: 'active' }))).toBe(true)
  expect((await inside((tx) => findCampaign(tx, first)))?.status).toBe('active')
})

test('writing a piece again replaces its text and leaves what went out published', async () => {
  const first = await inside((tx) => saveContent(tx, piece()))
  expect(await inside((tx) => setContentStatus(tx, { contentId: first, status: 'published' }))).toBe(true)
  expect(await inside((tx) => saveContent(tx, { ...piece(), title: 'Second' }))).toBe(first)
  const listed = await inside((tx) => listContentOfRuns(tx, [runId, newId()]))
  expect(listed.size).toBe(1)
  expect(listed.get(runId)).toEqual([
    {
      id: first,
      key: 'article',
      kind: 'article',
      status: 'published',
      title: 'Second',
      body: 'Text [1]',
      citations: [citation],
      model: 'sandbox:composer',
    },
  ])
})

test('the pieces of a campaign are listed in the order in which they were written', async () => {
  const campaignId = await inside((tx) =>
    saveCampaign(tx, { runId, brandId, name: 'Spring', type: 'content', brief: {} }),
  )
  await inside((tx) => saveContent(tx, { ...piece(), campaignId }))
  await inside((tx) => saveContent(tx, { ...piece(), campaignId, key: 'email', kind: 'email' }))
  const pieces = await inside((tx) => listContentOfCampaign(tx, campaignId))
  expect(pieces.map(({ key }) => key)).toEqual(['article', 'email'])
})

test('another organization sees and changes nothing of it', async () => {
  const other = await addOrganization(database, 'Other')
  const [mine] = (await inside((tx) => listContentOfRuns(tx, [runId]))).get(runId) ?? []
  expect(mine).toBeDefined()
  await withTenant(database, other, async (tx) => {
    expect((await listContentOfRuns(tx, [runId])).size).toBe(0)
    expect(await setContentStatus(tx, { contentId: mine?.id ?? '', status: 'draft' })).toBe(false)
  })
})
