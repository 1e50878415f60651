import type { RecordedError } from '../../base/errors.ts'
import { asId, newId, type RunId, type ScheduleFiringId, type ScheduleId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { Firing, FiringCause, FiringStatus, Schedule } from '../spec.ts'

interface FiringRow {
  readonly id: string
  readonly schedule_id: string
  readonly due_at: Date
  readonly cause: FiringCause
  readonly status: FiringStatus
  readonly run_id: string | null
  readonly error: unknown
  readonly more_missed: number
  readonly more_missed_until: Date | null
  readonly created_at: Date
}

const toFiring = (row: FiringRow): Firing => ({
  id: asId(row.id),
  scheduleId: asId(row.schedule_id),
  dueAt: row.due_at,
  cause: row.cause,
  status: row.status,
  runId: row.run_id === null ? undefined : asId(row.run_id),
  // Written below and nowhere else.
  error: (row.error as RecordedError | null) ?? undefined,
  moreMissed: row.more_missed,
  moreMissedUntil: row.more_missed_until ?? undefined,
  createdAt: row.created_at,
})

/** The schedule's firings, the newest time first: at most `limit`, of times before `before`. */
export async function listFirings(
  tx: TenantTx,
  { scheduleId, limit, before }: { readonly scheduleId: ScheduleId; readonly limit: number; readonly before?: Date },
): Promise<readonly Firing[]> {
  const { rows } = await sql<FiringRow>`
    select id, schedule_id, due_at, cause, status, run_id, error, more_missed, more_missed_until, created_at
    from schedule_firings
    where organization_id = ${tx.organizationId} and schedule_id = ${scheduleId}
      and (${before ?? null}::timestamptz is null or due_at < ${before ?? null})
    order by due_at desc limit ${limit}
  `.execute(tx)
  return rows.map(toFiring)
}

/** What came of a time. */
export interface FiringOutcome {
  readonly scheduleId: ScheduleId
  readonly dueAt: Date
  readonly cause: FiringCause
  readonly status: FiringStatus
  readonly runId?: RunId
  readonly error?: RecordedError
  readonly moreMissed?: number
  readonly moreMissedUntil?: Date | undefined
}

/** Writes what came of a time; one that came to nothing before is overwritten by a backfill, and by nothing else. */
export async function writeFiring(tx: TenantTx, outcome: FiringOutcome): Promise<Firing> {
  const id: ScheduleFiringId = newId()
  const { rows } = await sql<FiringRow>`
    insert into schedule_firings (
      organization_id, id, schedule_id, due_at, cause, status, run_id, error, more_missed, more_missed_until
    ) values (
      ${tx.organizationId}, ${id}, ${outcome.scheduleId}, ${outcome.dueAt}, ${outcome.cause}, ${outcome.status},
      ${outcome.runId ?? null}, ${outcome.error ? jsonb(outcome.error) : null}, ${outcome.moreMissed ?? 0},
      ${outcome.moreMissedUntil ?? null}
    )
    on conflict (organization_id, schedule_id, due_at) do update
      set cause = excluded.cause, status = excluded.status, run_id = excluded.run_id, error = excluded.error,
        updated_at = now()
      where excluded.cause = 'backfill' and schedule_firings.status <> 'started'
    returning id, schedule_id, due_at, cause, status, run_id, error, more_missed, more_missed_until, created_at
  `.execute(tx)
  const [row] = rows
  if (row) return toFiring(row)
  throw new Error(`The time ${outcome.dueAt.toISOString()} of schedule ${outcome.scheduleId} has fired before`)
}

/** What has come of the times from `from` to `to`, by their milliseconds. */
export async function listFired(
  tx: TenantTx,
  { scheduleId, from, to }: { readonly scheduleId: ScheduleId; readonly from: Date; readonly to: Date },
): Promise<ReadonlyMap<number, FiringStatus>> {
  const rows = await tx
    .selectFrom('schedule_firings')
    .select(['due_at', 'status'])
    .where('organization_id', '=', tx.organizationId)
    .where('schedule_id', '=', scheduleId)
    .where('due_at', '>=', from)
    .where('due_at', '<=', to)
    .execute()
  return new Map(rows.map(({ due_at, status }) => [due_at.getTime(), status]))
}

/** Whether a run of the schedule is under way, or waits. One that asks for a person holds nothing up. */
export async function hasRunUnderWay(tx: TenantTx, { id, agent, intent }: Schedule): Promise<boolean> {
  const { rows } = await sql`
    select from agent_runs r
    where r.organization_id = ${tx.organizationId} and r.agent = ${agent} and r.intent = ${intent}
      and r.status in ('queued', 'running', 'waiting')
      and exists (
        select from schedule_firings f
        where f.organization_id = r.organization_id and f.run_id = r.id and f.schedule_id = ${id}
      )
    limit 1
  `.execute(tx)
  return rows.length > 0
}
