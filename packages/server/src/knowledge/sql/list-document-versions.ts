import type { DatasetId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'
import type { DocumentVersion } from '../plan-import.ts'

/** The documents of a dataset as an import compares them. */
export async function listDocumentVersions(tx: TenantTx, datasetId: DatasetId): Promise<readonly DocumentVersion[]> {
  const rows = await tx
    .selectFrom('documents')
    .select(['path', 'content_hash'])
    .where('organization_id', '=', tx.organizationId)
    .where('dataset_id', '=', datasetId)
    .execute()
  return rows.map((row) => ({ path: row.path, sha256: row.content_hash }))
}
