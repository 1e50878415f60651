import { messageOf } from '../base/errors.ts'
import { asId, type BrandId, type OrganizationId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import { type Database, sql } from '../db/index.ts'
import { withSystem } from '../db/system.ts'
import { dueLimit, type DueWork } from './take-up-due.ts'

type BrandWork = (organizationId: OrganizationId, brandId: BrandId) => Promise<void>

/**
 * Hands every brand of every organization to `start` that is neither in the space of the installation's embedding model
 * nor on its way there. Returns how many there were. For the start of a server, and not for each pass of a worker: two
 * processes with different models would send the brands to and fro.
 */
export async function planReembeddings(
  database: Database,
  {
    to,
    start,
    logger,
  }: {
    readonly to: { readonly provider: string; readonly model: string }
    readonly start: BrandWork
    readonly logger: Logger
  },
): Promise<number> {
  const brands = await withSystem(database, async (tx) => {
    const { rows } = await sql<BrandRow>`
      select b.organization_id, b.id as brand_id
      from brands b
      join embedding_spaces s on s.organization_id = b.organization_id and s.id = b.embedding_space_id
      left join reembeddings r on r.organization_id = b.organization_id and r.brand_id = b.id
      where (coalesce(r.provider, s.provider), coalesce(r.model, s.model)) <> (${to.provider}, ${to.model})
    `.execute(tx)
    return rows
  })
  await forEach(brands, start, { logger, failure: 'A brand could not be sent to the new embedding model' })
  return brands.length
}

/** After how long a failed job is made anew: a provider that is away is not asked in every pass. */
const retryAfterSeconds = 60

/**
 * The brands whose way to another model no job carries on, because it failed. A job that took down five workers is parked,
 * and a person starts it again.
 */
export const dueReembeddings = (wake: BrandWork): DueWork => ({
  query: sql`
    select r.organization_id, r.brand_id as id
    from reembeddings r
    left join agent_jobs j on j.organization_id = r.organization_id and j.id = r.job_id
    where j.id is null
      or j.status in ('succeeded', 'failed')
        and j.check_at < clock_timestamp() - make_interval(secs => ${sql.lit(retryAfterSeconds)})
    order by j.check_at nulls first limit ${sql.lit(dueLimit)}
  `,
  takeUp: (organizationId, id) => wake(organizationId, asId(id)),
  failure: 'A brand could not be taken on to the new embedding model; the next pass tries again',
})

interface BrandRow {
  readonly organization_id: string
  readonly brand_id: string
}

async function forEach(
  brands: readonly BrandRow[],
  work: BrandWork,
  { logger, failure }: { readonly logger: Logger; readonly failure: string },
): Promise<void> {
  for (const row of brands) {
    await work(asId(row.organization_id), asId(row.brand_id)).catch((error: unknown) =>
      logger.warn({ brandId: row.brand_id, error: messageOf(error) }, failure),
    )
  }
}
