import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { asId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import { type Database, withTenant } from '../db/index.ts'
import { addJob, type JobHandler, type Queue } from '../queue/index.ts'
import { listUnindexedBrands, settleVectorIndex } from './settle-vector-index.ts'

const Task = z.discriminatedUnion('task', [
  z.object({ task: z.literal('settle vector index'), brandId: z.uuid(), spaceId: z.uuid() }),
])

const busyMs = 60_000

/**
 * The handler of the maintenance queue. One task at a time in a process, and a build of an index at a time in a fleet: each
 * holds two connections of the pool for as long as it lasts.
 */
export function createMaintenance({
  database,
  queue,
  clock,
  logger,
}: {
  readonly database: Database
  readonly queue: Pick<Queue, 'dispatch'>
  readonly clock: Clock
  readonly logger: Logger
}): JobHandler {
  let last: Promise<unknown> = Promise.resolve()
  return async ({ organizationId, payload }) => {
    const { brandId, spaceId } = Task.parse(payload)
    const place = { brandId: asId<'brand'>(brandId), spaceId }
    const turn = last.then(() => settleVectorIndex(database, organizationId, { place, logger }))
    last = turn.catch(() => undefined)
    if ((await turn) !== 'busy') return
    const runAt = new Date(clock.now().getTime() + busyMs)
    const again = { task: 'settle vector index', ...place }
    const jobId = await withTenant(database, organizationId, (tx) =>
      addJob(tx, { queue: 'maintenance', payload: again, runAt }),
    )
    await queue.dispatch(organizationId, jobId, 'maintenance', { runAt })
  }
}

/** Has the brands looked after that are large and have no index: after an upgrade, or where a build failed. */
export async function planMaintenance(
  database: Database,
  { queue }: { readonly queue: Pick<Queue, 'dispatch'> },
): Promise<void> {
  for (const { organizationId, ...place } of await listUnindexedBrands(database)) {
    const payload = { task: 'settle vector index', ...place }
    const jobId = await withTenant(database, organizationId, (tx) => addJob(tx, { queue: 'maintenance', payload }))
    await queue.dispatch(organizationId, jobId, 'maintenance')
  }
}
