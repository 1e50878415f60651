import { messageOf } from '../base/errors.ts'
import { asId, type OrganizationId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import { type Database, sql } from '../db/index.ts'
import { withSystem } from '../db/system.ts'

const soonMs = 120_000
const dayMs = 86_400_000
/** Yesterday's late runs, and those of an organization whose day begins elsewhere. */
const soonDays = 2
/** As far back as a run is likely to be resumed. */
const dailyDays = 35

export type RollUp = (organizationId: OrganizationId, asked: { readonly last: number }) => Promise<void>

/**
 * Has the days added up of the organizations in which runs ended. A part of a worker's upkeep: the last two days every two
 * minutes where one ended meanwhile, and the last five weeks at the start and once a day, since a run that is resumed ends
 * anew. Real time, as the upkeep's own.
 */
export function rollUpRegularly(
  database: Database,
  { rollUp, logger }: { readonly rollUp: RollUp; readonly logger: Logger },
): () => Promise<void> {
  let nextAt = 0
  let wholeAt = 0
  return async () => {
    const now = performance.now()
    if (now < nextAt) return
    nextAt = now + soonMs
    const isWhole = now >= wholeAt
    if (isWhole) wholeAt = now + dayMs
    await rollUpOrganizations(database, {
      rollUp,
      logger,
      ...(isWhole
        ? { days: dailyDays, endedWithinMs: dailyDays * dayMs }
        : // Twice the time between passes: one that began late must not miss what ended.
          { days: soonDays, endedWithinMs: 2 * soonMs }),
    })
  }
}

/** One pass over the organizations in which a run ended within that time: adds up their last `days` days. */
export async function rollUpOrganizations(
  database: Database,
  {
    rollUp,
    logger,
    days,
    endedWithinMs,
  }: {
    readonly rollUp: RollUp
    readonly logger: Logger
    readonly days: number
    readonly endedWithinMs: number
  },
): Promise<void> {
  const { rows } = await withSystem(database, (tx) =>
    sql<{ id: string }>`
      select o.id from organizations o
      where exists (
        select from agent_runs r
        where r.organization_id = o.id and r.finished_at >= now() - make_interval(secs => ${endedWithinMs / 1000}::float8)
      )
    `.execute(tx),
  )
  for (const { id } of rows) {
    const organizationId: OrganizationId = asId(id)
    await rollUp(organizationId, { last: days }).catch((error: unknown) =>
      logger.warn({ organizationId, error: messageOf(error) }, 'Runs could not be added up; the next pass tries again'),
    )
  }
}
