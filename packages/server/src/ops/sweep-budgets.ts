import { messageOf } from '../base/errors.ts'
import { asId, type OrganizationId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import { type Database, sql } from '../db/index.ts'
import { withSystem } from '../db/system.ts'

/** A call that has just left is not looked at yet. */
const settledSoonMs = 5_000

/**
 * Finds the organizations of which calls hold something of a budget for a while, and hands each to `sweep`, which settles
 * what can no longer be in flight. One pass; the queue's reconciler repeats it.
 */
export async function sweepBudgets(
  database: Database,
  {
    sweep,
    logger,
    olderThanMs = settledSoonMs,
  }: {
    readonly sweep: (organizationId: OrganizationId) => Promise<number>
    readonly logger: Logger
    readonly olderThanMs?: number
  },
): Promise<number> {
  const { rows } = await withSystem(database, (tx) =>
    sql<{ organization_id: string }>`
      select distinct organization_id from budget_reservations
      where status = 'held' and created_at < clock_timestamp() - make_interval(secs => ${olderThanMs / 1000}::float8)
    `.execute(tx),
  )
  let swept = 0
  for (const row of rows) {
    const organizationId: OrganizationId = asId(row.organization_id)
    swept += await sweep(organizationId).catch((error: unknown) => {
      logger.warn({ organizationId, error: messageOf(error) }, 'Budgets could not be swept; the next pass tries again')
      return 0
    })
  }
  if (swept > 0) logger.info({ swept }, 'Settled what calls held of budgets that nobody was making any more')
  return swept
}
