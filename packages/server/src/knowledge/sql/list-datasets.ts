import { asId, type BrandId, type DatasetId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

/** A folder or a site that was imported into a brand. */
export interface Dataset {
  readonly id: DatasetId
  readonly kind: 'folder' | 'site' | 'upload'
  readonly source: string
  readonly documents: number
  /** When it was last read to its end, ISO 8601 in UTC; absent where that has never happened. */
  readonly importedAt?: string
}

/** The datasets of the brand, oldest first. */
export async function listDatasets(tx: TenantTx, brandId: BrandId): Promise<Dataset[]> {
  const result = await sql<Omit<Dataset, 'importedAt'> & { readonly importedAt: Date | null }>`
    select id, kind, source, imported_at as "importedAt",
      (select count(*) from documents d where d.organization_id = s.organization_id and d.dataset_id = s.id) as documents
    from datasets s
    where organization_id = ${tx.organizationId} and brand_id = ${brandId}
    order by id
  `.execute(tx)
  return result.rows.map(({ id, importedAt, ...rest }) => ({
    id: asId(id),
    ...rest,
    ...(importedAt ? { importedAt: importedAt.toISOString() } : {}),
  }))
}
