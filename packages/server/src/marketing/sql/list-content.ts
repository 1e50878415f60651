import { asId, type RunId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'
import type { ContentCitation, ContentView } from '../spec.ts'

const columns = ['id', 'run_id', 'key', 'kind', 'status', 'title', 'body', 'citations', 'model'] as const

/** The pieces that each of these runs wrote, oldest first. A run without any has no entry. */
export async function listContentOfRuns(
  tx: TenantTx,
  runIds: readonly RunId[],
): Promise<ReadonlyMap<RunId, readonly ContentView[]>> {
  if (runIds.length === 0) return new Map()
  const rows = await tx
    .selectFrom('content')
    .select(columns)
    .where('organization_id', '=', tx.organizationId)
    .where('run_id', 'in', runIds)
    .orderBy('id')
    .execute()
  const byRun = new Map<RunId, ContentView[]>()
  for (const row of rows) {
    if (row.run_id === null) continue
    const runId: RunId = asId(row.run_id)
    const pieces = byRun.get(runId) ?? []
    pieces.push(viewOf(row))
    byRun.set(runId, pieces)
  }
  return byRun
}

/** The pieces of a campaign, oldest first. */
export async function listContentOfCampaign(tx: TenantTx, campaignId: string): Promise<readonly ContentView[]> {
  const rows = await tx
    .selectFrom('content')
    .select(columns)
    .where('organization_id', '=', tx.organizationId)
    .where('campaign_id', '=', campaignId)
    .orderBy('id')
    .execute()
  return rows.map(viewOf)
}

type ContentRow = Omit<ContentView, 'citations'> & { readonly citations: unknown }

function viewOf({ id, key, kind, status, title, body, citations, model }: ContentRow): ContentView {
  // Written by `saveContent` alone.
  return { id, key, kind, status, title, body, citations: citations as readonly ContentCitation[], model }
}
