import { newId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { ContentStatus, NewContent } from '../spec.ts'

/**
 * Writes a piece as a draft and returns its id. Within a run the key names it: writing it again replaces its text, and
 * leaves its status, for what went out stays out.
 */
export async function saveContent(tx: TenantTx, content: NewContent): Promise<string> {
  const text = {
    campaign_id: content.campaignId ?? null,
    title: content.title,
    body: content.body,
    metadata: jsonb(content.metadata ?? {}),
    citations: jsonb(content.citations),
    model: content.model,
  }
  const row = await tx
    .insertInto('content')
    .values({
      organization_id: tx.organizationId,
      id: newId(),
      brand_id: content.brandId,
      run_id: content.runId,
      key: content.key,
      kind: content.kind,
      status: 'draft',
      ...text,
    })
    .onConflict((conflict) =>
      conflict.columns(['organization_id', 'run_id', 'key']).doUpdateSet({ ...text, updated_at: sql<Date>`now()` }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}

/** Moves a piece to another status; false where it is not there. */
export async function setContentStatus(
  tx: TenantTx,
  { contentId, status }: { readonly contentId: string; readonly status: ContentStatus },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('content')
    .set({ status, updated_at: sql<Date>`now()` })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', contentId)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
