import { messageOf } from '../base/errors.ts'
import { asId, type EvalId, type OrganizationId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import { type Database, sql } from '../db/index.ts'
import { withSystem } from '../db/system.ts'

/** How many evals are woken in one pass; the next pass takes the next ones. */
const limit = 200

/**
 * Finds, in all organizations, the evals that no job carries on: their slice is over, their worker fell silent, or what
 * they waited for may be there. Hands each to `wake`, which looks again inside the organization.
 */
export async function wakeEvals(
  database: Database,
  {
    wake,
    logger,
  }: {
    readonly wake: (organizationId: OrganizationId, evalId: EvalId) => Promise<void>
    readonly logger: Logger
  },
): Promise<void> {
  const { rows } = await withSystem(database, (tx) =>
    sql<{ organization_id: string; id: string }>`
      select organization_id, id from eval_runs
      where status = 'running' and wake_at <= clock_timestamp()
      order by wake_at limit ${limit}
    `.execute(tx),
  )
  for (const row of rows) {
    const evalId: EvalId = asId(row.id)
    await wake(asId(row.organization_id), evalId).catch((error: unknown) =>
      logger.warn({ evalId, error: messageOf(error) }, 'An eval could not be woken; the next pass tries again'),
    )
  }
}
