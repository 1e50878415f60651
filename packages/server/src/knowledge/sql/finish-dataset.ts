import type { DatasetId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'

/** Deletes the documents that are gone, and marks the dataset as read to its end. */
export async function finishDataset(
  tx: TenantTx,
  { datasetId, removed }: { readonly datasetId: DatasetId; readonly removed: readonly string[] },
): Promise<void> {
  await sql`
    delete from documents
    where organization_id = ${tx.organizationId} and dataset_id = ${datasetId}
      and path in (select value from jsonb_array_elements_text(${jsonb(removed)}))
  `.execute(tx)
  await sql`
    update datasets set imported_at = now(), updated_at = now()
    where organization_id = ${tx.organizationId} and id = ${datasetId}
  `.execute(tx)
}
