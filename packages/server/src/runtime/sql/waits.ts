import { asId, newId, type RunId } from '../../base/ids.ts'
import { NeonHubError } from '../../base/errors.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { RunSignal } from '../spec.ts'
import type { RunLease } from './claim-run.ts'
import { findRootRunId } from './find-root-run-id.ts'
import { lockRoot } from './finish-run.ts'
import { holdsFence } from './holds-fence.ts'

/** For how long, or until when, and for which event. By the database's clock. */
export interface Wait {
  readonly ms?: number
  readonly untilMs?: number
  readonly event?: string
}

export type EnteredWait =
  | { readonly kind: 'lost' }
  /** It stands on record for another event. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'over'; readonly signal: RunSignal | undefined }

/** What a run may be told before anybody takes it. */
const mostSignals = 1_000

/**
 * Writes down that a run waits, or finds that it need not any more: its event is there, or its time has come. A dry run waits
 * for nothing. Whoever tells a run of an event locks its row too, so that none is missed.
 */
export async function enterWait(
  tx: TenantTx,
  { lease, key, wait }: { readonly lease: RunLease; readonly key: string; readonly wait: Wait },
): Promise<EnteredWait> {
  const { runId, fence } = lease
  if (!(await holdsFence(tx, { runId, fence }))) return { kind: 'lost' }
  if (lease.isDryRun) return { kind: 'over', signal: undefined }
  const until =
    wait.untilMs === undefined
      ? sql`clock_timestamp() + make_interval(secs => ${(wait.ms ?? 0) / 1000}::float8)`
      : sql`${new Date(wait.untilMs)}::timestamptz`
  const { rows } = await sql<{ event: string | null; isDue: boolean }>`
    with made as (
      insert into run_waits (organization_id, run_id, key, event, until)
      values (${tx.organizationId}, ${runId}, ${key}, ${wait.event ?? null}, ${until})
      on conflict do nothing
      returning event, until
    )
    select event, until <= clock_timestamp() as "isDue" from made
    union all
    select event, until <= clock_timestamp() from run_waits
    where organization_id = ${tx.organizationId} and run_id = ${runId} and key = ${key}
  `.execute(tx)
  const [row] = rows
  if (!row || (row.event ?? undefined) !== wait.event) return { kind: 'changed' }
  const signal = wait.event === undefined ? undefined : await takeSignal(tx, { runId, key, event: wait.event })
  if (signal || row.isDue) return { kind: 'over', signal }
  await sql`
    update agent_runs r set not_before = least(r.not_before, w.until)
    from run_waits w
    where r.organization_id = ${tx.organizationId} and r.id = ${runId}
      and w.organization_id = r.organization_id and w.run_id = r.id and w.key = ${key}
  `.execute(tx)
  return { kind: 'waiting' }
}

/** Takes the oldest event of a name for a wait, and marks the run: what it says came from outside. */
async function takeSignal(
  tx: TenantTx,
  { runId, key, event }: { readonly runId: RunId; readonly key: string; readonly event: string },
): Promise<RunSignal | undefined> {
  const { rows } = await sql<{ data: unknown; sentBy: string; sentAt: Date }>`
    update run_signals set taken_by = ${key}
    where organization_id = ${tx.organizationId} and id = (
      select id from run_signals
      where organization_id = ${tx.organizationId} and run_id = ${runId} and name = ${event} and taken_by is null
      order by id limit 1
    )
    returning data, sent_by as "sentBy", created_at as "sentAt"
  `.execute(tx)
  const [row] = rows
  if (!row) return undefined
  await sql`
    update agent_runs set tainted = true where organization_id = ${tx.organizationId} and id = ${runId}
  `.execute(tx)
  return { data: row.data, sentBy: row.sentBy, sentAt: row.sentAt.toISOString() }
}

/** An event for a run. */
export interface NewSignal {
  readonly name: string
  readonly data: unknown
  readonly sentBy: string
  readonly idempotencyKey: string | undefined
}

/** What telling a run came to; `rootRunId` is to be put back on the queue where something waits for it. */
export interface ToldRun {
  readonly rootRunId: RunId
  readonly isNew: boolean
  readonly isAwaited: boolean
}

/**
 * Tells a run of an event. Undefined where there is no such run. Throws `runtime.run_over` where it takes no more, and
 * `runtime.too_many_signals`.
 */
export async function tellRun(tx: TenantTx, runId: RunId, signal: NewSignal): Promise<ToldRun | undefined> {
  const rootRunId = await findRootRunId(tx, runId)
  if (!rootRunId) return undefined
  await lockRoot(tx, rootRunId)
  const { rows } = await sql<{ status: string }>`
    select status from agent_runs where organization_id = ${tx.organizationId} and id = ${runId} for update
  `.execute(tx)
  const status = rows[0]?.status
  const { name, data, sentBy, idempotencyKey } = signal
  const { rows: earlier } = await sql`
    select from run_signals
    where organization_id = ${tx.organizationId} and run_id = ${runId} and idempotency_key = ${idempotencyKey ?? null}
  `.execute(tx)
  if (earlier.length > 0) return { rootRunId, isNew: false, isAwaited: false }
  if (status === 'succeeded' || status === 'cancelled') {
    throw new NeonHubError('runtime.run_over', `The run ${runId} is ${status} and waits for nothing any more`, {
      kind: 'conflict',
    })
  }
  const { rows: open } = await sql<{ count: number }>`
    select count(*)::int as count from run_signals
    where organization_id = ${tx.organizationId} and run_id = ${runId} and taken_by is null
  `.execute(tx)
  if ((open[0]?.count ?? 0) >= mostSignals) {
    throw new NeonHubError('runtime.too_many_signals', `Nobody takes what the run ${runId} is told`, {
      kind: 'conflict',
      hint: `It holds ${mostSignals} events already. Look at what it waits for.`,
    })
  }
  await sql`
    insert into run_signals (organization_id, id, run_id, name, data, sent_by, idempotency_key)
    values (${tx.organizationId}, ${newId()}, ${runId}, ${name}, ${jsonb(data)}, ${sentBy}, ${idempotencyKey ?? null})
  `.execute(tx)
  // An attempt that is on its way to the wait finds it due when it comes there.
  const { rows: woken } = await sql<{ id: string }>`
    update agent_runs r set not_before = clock_timestamp()
    where r.organization_id = ${tx.organizationId} and r.id = ${runId} and exists (
      select from run_waits w
      where w.organization_id = r.organization_id and w.run_id = r.id and w.event = ${name} and not exists (
        select from run_steps s where s.organization_id = w.organization_id and s.run_id = w.run_id and s.key = w.key
      )
    )
    returning r.id
  `.execute(tx)
  return { rootRunId: asId(rootRunId), isNew: true, isAwaited: woken.length > 0 }
}

/** What a run waits for: an event by its name, or only the time. */
export interface WaitView {
  readonly key: string
  readonly event?: string
  /** ISO 8601. */
  readonly until: string
}

/** What runs wait for now, by their ids, the soonest first. Moments are ISO 8601. */
export async function listWaits(
  tx: TenantTx,
  runIds: readonly RunId[],
): Promise<readonly { readonly runId: string; readonly wait: WaitView }[]> {
  const { rows } = await sql<{ runId: string; key: string; event: string | null; until: Date }>`
    select w.run_id as "runId", w.key, w.event, w.until from run_waits w
    where w.organization_id = ${tx.organizationId} and w.run_id = any (${runIds}::uuid[]) and not exists (
      select from run_steps s where s.organization_id = w.organization_id and s.run_id = w.run_id and s.key = w.key
    )
    order by w.until, w.key
  `.execute(tx)
  return rows.map(({ runId, key, event, until }) => ({
    runId,
    wait: { key, ...(event === null ? {} : { event }), until: until.toISOString() },
  }))
}
