import { messageOf } from '../../base/errors.ts'
import type { Logger } from '../../base/log.ts'
import type { Database } from '../../db/index.ts'
import { type RetentionOptions, runRetention } from './run-retention.ts'

const dayMs = 86_400_000
const againMs = 3_600_000
/** The reconciler waits for each pass. */
const budgetMs = 1_000

/**
 * Retention as a part of a worker's upkeep: a pass a day, in slices of a second, so that jobs are looked after meanwhile.
 * Real time, as the upkeep's own.
 */
export function dailyRetention(
  database: Database,
  { record, beforeRuns, logger }: Pick<RetentionOptions, 'record' | 'beforeRuns'> & { readonly logger: Logger },
): () => Promise<void> {
  let nextAt = 0
  return async () => {
    if (performance.now() < nextAt) return
    try {
      const { isDone, organizations, partitions } = await runRetention(database, {
        dryRun: false,
        budgetMs,
        record,
        beforeRuns,
      })
      if (organizations.length + partitions.length > 0) {
        logger.info({ organizations, partitions }, 'What is past its retention was removed')
      }
      if (isDone) nextAt = performance.now() + dayMs
    } catch (error) {
      nextAt = performance.now() + againMs
      logger.warn({ error: messageOf(error) }, 'Retention failed; it is tried again in an hour')
    }
  }
}
