import { asId, type BrandId, type JobId, type OrganizationId } from '../../base/ids.ts'
import { type Database, type TenantTx, withTenant } from '../../db/index.ts'
import type { Queue } from '../../queue/index.ts'
import { type EmbeddingModelName, resumeReembedding, startReembedding } from './start-reembedding.ts'

interface DispatchParts {
  readonly database: Database
  readonly queue: Pick<Queue, 'dispatch'>
}

/** Sends one brand on its way to an embedding model, unless it is there or on it. */
export function sendBrand(
  parts: DispatchParts,
  { organizationId, brandId, to }: { organizationId: OrganizationId; brandId: BrandId; to: EmbeddingModelName },
): Promise<void> {
  return dispatched(parts, organizationId, (tx) => startReembedding(tx, { brandId, to }))
}

/** Goes on with a brand's way that no job carries on. */
export function wakeBrand(
  parts: DispatchParts,
  { organizationId, brandId }: { organizationId: OrganizationId; brandId: BrandId },
): Promise<void> {
  return dispatched(parts, organizationId, (tx) => resumeReembedding(tx, brandId))
}

/** Sends every brand of the organization, and takes those at once on again whose last attempt failed. */
export async function reembedBrands(
  parts: DispatchParts,
  { organizationId, to }: { readonly organizationId: OrganizationId; readonly to: EmbeddingModelName },
): Promise<void> {
  const brands = await withTenant(parts.database, organizationId, (tx) =>
    tx.selectFrom('brands').select('id').where('organization_id', '=', organizationId).execute(),
  )
  for (const { id } of brands) await sendBrand(parts, { organizationId, brandId: asId(id), to })
}

async function dispatched(
  { database, queue }: DispatchParts,
  organizationId: OrganizationId,
  work: (tx: TenantTx) => Promise<JobId | undefined>,
): Promise<void> {
  const jobId = await withTenant(database, organizationId, work)
  if (jobId) await queue.dispatch(organizationId, jobId, 'intake.embed')
}
