import { asId, type BrandId, type DatasetId, newId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

export interface DatasetKey {
  readonly brandId: BrandId
  readonly kind: 'folder' | 'site'
  /** The folder's real path, or the URL of the listing. */
  readonly source: string
}

/** The dataset of that source in the brand, added where it is new. */
export async function upsertDataset(tx: TenantTx, { brandId, kind, source }: DatasetKey): Promise<DatasetId> {
  const result = await sql<{ id: string }>`
    insert into datasets (organization_id, id, brand_id, kind, source)
    values (${tx.organizationId}, ${newId()}, ${brandId}, ${kind}, ${source})
    on conflict (organization_id, brand_id, source) do update set updated_at = now()
    returning id
  `.execute(tx)
  const [row] = result.rows
  if (!row) throw new TypeError('An upsert returned no row')
  return asId(row.id)
}
