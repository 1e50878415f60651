import { asId, type BrandId, type ScheduleId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { CatchUp, FiringStatus, NewSchedule, Overlap, Schedule } from '../spec.ts'

interface ScheduleRow {
  readonly id: string
  readonly name: string
  readonly agent: string
  readonly intent: string
  readonly brand: string | null
  readonly input: unknown
  readonly cron: string
  readonly time_zone: string
  readonly catch_up: CatchUp
  readonly catch_up_limit: number
  readonly overlap: Overlap
  readonly enabled: boolean
  readonly next_at: Date | null
  readonly created_by: string
  readonly created_at: Date
  readonly last_due_at: Date | null
  readonly last_status: FiringStatus | null
}

const toSchedule = (row: ScheduleRow): Schedule => ({
  id: asId(row.id),
  name: row.name,
  agent: row.agent,
  intent: row.intent,
  brand: row.brand ?? undefined,
  input: row.input,
  cron: row.cron,
  timeZone: row.time_zone,
  catchUp: row.catch_up,
  catchUpLimit: row.catch_up_limit,
  overlap: row.overlap,
  enabled: row.enabled,
  nextAt: row.next_at ?? undefined,
  last: row.last_due_at && row.last_status ? { dueAt: row.last_due_at, status: row.last_status } : undefined,
  createdBy: row.created_by,
  createdAt: row.created_at,
})

const read = (tx: TenantTx, id: ScheduleId | undefined) => sql<ScheduleRow>`
  select s.id, s.name, s.agent, s.intent, b.slug::text as brand, s.input, s.cron, s.time_zone, s.catch_up,
    s.catch_up_limit, s.overlap, s.enabled, s.next_at, s.created_by, s.created_at,
    last.due_at as last_due_at, last.status as last_status
  from schedules s
  left join brands b on b.organization_id = s.organization_id and b.id = s.brand_id
  left join lateral (
    select f.due_at, f.status from schedule_firings f
    where f.organization_id = s.organization_id and f.schedule_id = s.id
    order by f.due_at desc limit 1
  ) as last on true
  where s.organization_id = ${tx.organizationId} and (${id ?? null}::uuid is null or s.id = ${id ?? null})
  order by s.id desc
`

/** Every schedule of the organization, newest first. */
export async function listSchedules(tx: TenantTx): Promise<readonly Schedule[]> {
  return (await read(tx, undefined).execute(tx)).rows.map(toSchedule)
}

export async function findSchedule(tx: TenantTx, id: ScheduleId): Promise<Schedule | undefined> {
  const [row] = (await read(tx, id).execute(tx)).rows
  return row && toSchedule(row)
}

/**
 * Takes the schedule's row for the transaction: whoever fires it does so in turn. `ifDue` leaves one that is not due by
 * the database's clock, or that another has in hand. Returns the transaction's moment, and since when it is due.
 */
export async function takeSchedule(
  tx: TenantTx,
  id: ScheduleId,
  { ifDue }: { readonly ifDue: boolean },
): Promise<{ readonly now: Date; readonly dueSince: Date | undefined } | undefined> {
  const place = sql`organization_id = ${tx.organizationId} and id = ${id}`
  const { rows } = await (
    ifDue
      ? sql<{ now: Date; next_at: Date | null }>`
          select now() as now, next_at from schedules where ${place} and enabled and next_at <= now()
          for update skip locked`
      : sql<{ now: Date; next_at: Date | null }>`
          select clock_timestamp() as now, next_at from schedules where ${place} for update`
  ).execute(tx)
  const [row] = rows
  return row && { now: row.now, dueSince: row.next_at ?? undefined }
}

/** What the database's clock says. */
export async function readClock(tx: TenantTx): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx)
  const [row] = rows
  return row ? row.now : Promise.reject(new Error('the clock gave no row'))
}

export async function insertSchedule(
  tx: TenantTx,
  schedule: Omit<NewSchedule, 'brand'> & {
    readonly id: ScheduleId
    readonly brandId: BrandId | undefined
    readonly nextAt: Date
  },
): Promise<void> {
  await tx
    .insertInto('schedules')
    .values({
      organization_id: tx.organizationId,
      id: schedule.id,
      name: schedule.name,
      agent: schedule.agent,
      intent: schedule.intent,
      brand_id: schedule.brandId ?? null,
      input: jsonb(schedule.input),
      cron: schedule.cron,
      time_zone: schedule.timeZone,
      catch_up: schedule.catchUp,
      catch_up_limit: schedule.catchUpLimit,
      overlap: schedule.overlap,
      next_at: schedule.nextAt,
      created_by: schedule.createdBy,
    })
    .execute()
}

export async function updateSchedule(
  tx: TenantTx,
  id: ScheduleId,
  { enabled, nextAt }: { readonly enabled?: boolean; readonly nextAt: Date | undefined },
): Promise<void> {
  await tx
    .updateTable('schedules')
    .set({ next_at: nextAt ?? null, updated_at: sql<Date>`now()`, ...(enabled === undefined ? {} : { enabled }) })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .execute()
}

export async function deleteSchedule(tx: TenantTx, id: ScheduleId): Promise<void> {
  await tx.deleteFrom('schedules').where('organization_id', '=', tx.organizationId).where('id', '=', id).execute()
}
