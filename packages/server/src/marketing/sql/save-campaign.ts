import { asId, newId, type RunId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { CampaignStatus, NewCampaign } from '../spec.ts'

/** Writes a run's campaign as a draft and returns its id. A run has one: writing it again returns the one that stands. */
export async function saveCampaign(tx: TenantTx, campaign: NewCampaign): Promise<string> {
  const row = await tx
    .insertInto('campaigns')
    .values({
      organization_id: tx.organizationId,
      id: newId(),
      brand_id: campaign.brandId,
      run_id: campaign.runId,
      name: campaign.name,
      type: campaign.type,
      status: 'draft',
      brief: jsonb(campaign.brief),
    })
    .onConflict((conflict) =>
      conflict.columns(['organization_id', 'run_id']).doUpdateSet({ updated_at: sql<Date>`now()` }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}

/** Moves a campaign to another status; false where it is not there. */
export async function setCampaignStatus(
  tx: TenantTx,
  { campaignId, status }: { readonly campaignId: string; readonly status: CampaignStatus },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('campaigns')
    .set({ status, updated_at: sql<Date>`now()` })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', campaignId)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** What a campaign is, with the run that made it. */
export interface CampaignView {
  readonly id: string
  /** Absent once retention has removed the run. */
  readonly runId: RunId | undefined
  readonly brandId: string
  readonly name: string
  readonly status: CampaignStatus
  readonly brief: unknown
}

/** A campaign by its id, or undefined. */
export async function findCampaign(tx: TenantTx, campaignId: string): Promise<CampaignView | undefined> {
  const row = await tx
    .selectFrom('campaigns')
    .select(['id', 'run_id', 'brand_id', 'name', 'status', 'brief'])
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', campaignId)
    .executeTakeFirst()
  if (!row) return undefined
  return {
    id: row.id,
    runId: row.run_id === null ? undefined : asId(row.run_id),
    brandId: row.brand_id,
    name: row.name,
    status: row.status,
    brief: row.brief,
  }
}
