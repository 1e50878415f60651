import type { RecordedError } from '../../base/errors.ts'
import { asId, newId, type RunId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { RunStatus } from '../../runtime/spec.ts'
import type { EvalItemStatus } from '../spec.ts'

/** Writes down what is to be asked: each case as often as the eval repeats it. */
export async function insertItems(
  tx: TenantTx,
  {
    evalId,
    caseIds,
    repeat,
  }: { readonly evalId: string; readonly caseIds: readonly string[]; readonly repeat: number },
): Promise<void> {
  const items = Array.from({ length: repeat }, (_, index) => index + 1).flatMap((repetition) =>
    caseIds.map((caseId) => ({ id: newId(), case_id: caseId, repetition })),
  )
  await sql`
    insert into eval_items (organization_id, id, eval_id, case_id, repetition)
    select ${tx.organizationId}, id, ${evalId}, case_id, repetition
    from jsonb_to_recordset(${jsonb(items)}) as s(id uuid, case_id uuid, repetition integer)
  `.execute(tx)
}

/** What is to be asked next, in the order in which it was written down: at most `limit`. */
export async function listPending(
  tx: TenantTx,
  evalId: string,
  limit: number,
): Promise<readonly { readonly id: string; readonly input: unknown }[]> {
  const { rows } = await sql<{ id: string; input: unknown }>`
    select i.id, c.input from eval_items i
    join eval_cases c on c.organization_id = i.organization_id and c.id = i.case_id
    where i.organization_id = ${tx.organizationId} and i.eval_id = ${evalId} and i.status = 'pending'
    order by i.id limit ${limit}
  `.execute(tx)
  return rows
}

/** A run of an eval that is under way, or was when somebody looked last. */
export interface ItemRun {
  readonly id: string
  /** Null once retention has removed it. */
  readonly runId: RunId | null
  readonly status: RunStatus | null
  readonly error: RecordedError | null
  readonly waitsFor: RecordedError | null
}

/** The items whose run has not been read yet. */
export async function listRunning(tx: TenantTx, evalId: string): Promise<readonly ItemRun[]> {
  const { rows } = await sql<Omit<ItemRun, 'runId'> & { runId: string | null }>`
    select i.id, i.run_id as "runId", r.status, r.error, r.budget_wait as "waitsFor"
    from eval_items i left join agent_runs r on r.organization_id = i.organization_id and r.id = i.run_id
    where i.organization_id = ${tx.organizationId} and i.eval_id = ${evalId} and i.status = 'running'
    order by i.id
  `.execute(tx)
  return rows.map((row) => ({ ...row, runId: row.runId === null ? null : asId(row.runId) }))
}

/** An answer with what it is measured against. */
export interface ItemAnswer {
  readonly id: string
  readonly runId: RunId | null
  readonly input: unknown
  readonly output: unknown
  readonly expected: unknown
}

/** Answers of items, by their ids. The output is null where retention has removed the run. */
export async function loadAnswers(tx: TenantTx, itemIds: readonly string[]): Promise<readonly ItemAnswer[]> {
  const { rows } = await sql<Omit<ItemAnswer, 'runId'> & { runId: string | null }>`
    select i.id, i.run_id as "runId", c.input, r.output, c.expected
    from eval_items i
    join eval_cases c on c.organization_id = i.organization_id and c.id = i.case_id
    left join agent_runs r on r.organization_id = i.organization_id and r.id = i.run_id
    where i.organization_id = ${tx.organizationId} and i.id = any (${[...itemIds]}::uuid[]) order by i.id
  `.execute(tx)
  return rows.map((row) => ({
    ...row,
    runId: row.runId === null ? null : asId(row.runId),
    expected: row.expected ?? undefined,
  }))
}

/** The items that judges have still to look at. */
export async function listScoring(tx: TenantTx, evalId: string): Promise<readonly string[]> {
  const rows = await tx
    .selectFrom('eval_items')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('eval_id', '=', evalId)
    .where('status', '=', 'scoring')
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

export async function startItem(tx: TenantTx, id: string, runId: RunId): Promise<void> {
  await sql`
    update eval_items set status = 'running', run_id = ${runId}, updated_at = now()
    where organization_id = ${tx.organizationId} and id = ${id}
  `.execute(tx)
}

/**
 * Notes that an item has come to another state, and why where it failed. False where it was no longer in one of those
 * that are named: another job was faster, or somebody has called the eval off.
 */
export async function moveItem(
  tx: TenantTx,
  id: string,
  {
    from,
    to,
    error,
  }: {
    readonly from: readonly EvalItemStatus[]
    readonly to: EvalItemStatus
    readonly error?: RecordedError | undefined
  },
): Promise<boolean> {
  const { rows } = await sql`
    update eval_items i set status = ${to}::eval_item_status, error = ${error === undefined ? null : jsonb(error)},
      updated_at = now()
    where organization_id = ${tx.organizationId} and id = ${id} and status = any (${[...from]}::text[]::eval_item_status[])
    returning id
  `.execute(tx)
  return rows.length > 0
}

/** Keeps what the run of an item cost, how long it took and who answered, for when the run is gone. */
export async function keepRunFacts(tx: TenantTx, id: string): Promise<void> {
  await sql`
    update eval_items i set
      cost_micros = (
        select coalesce(sum(t.cost_micros), 0)::bigint from agent_runs t
        where t.organization_id = r.organization_id and t.root_run_id = r.id
      ),
      duration_ms = (extract(epoch from r.finished_at - r.started_at) * 1000)::bigint,
      models = array(
        select distinct c.provider || ':' || c.requested_model
        from agent_runs t join llm_calls c on c.organization_id = t.organization_id and c.run_id = t.id
        where t.organization_id = r.organization_id and t.root_run_id = r.id and c.operation <> 'embed'
          and c.status = 'succeeded'
        order by 1
      )
    from agent_runs r
    where i.organization_id = ${tx.organizationId} and i.id = ${id}
      and r.organization_id = i.organization_id and r.id = i.run_id
  `.execute(tx)
}

/** Ends what of an eval is not over. Returns the runs that are to be cancelled. */
export async function cancelItems(tx: TenantTx, evalId: string): Promise<readonly RunId[]> {
  const { rows } = await sql<{ runId: string | null; wasRunning: boolean }>`
    with open as (
      select id, run_id, status from eval_items
      where organization_id = ${tx.organizationId} and eval_id = ${evalId} and status in ('pending', 'running', 'scoring')
    )
    update eval_items i set status = 'cancelled', updated_at = now() from open
    where i.organization_id = ${tx.organizationId} and i.id = open.id
    returning open.run_id as "runId", open.status = 'running' as "wasRunning"
  `.execute(tx)
  return rows.flatMap(({ runId, wasRunning }) => (wasRunning && runId !== null ? [asId<'run'>(runId)] : []))
}

/** How many items of an eval are not over. */
export async function countOpen(tx: TenantTx, evalId: string): Promise<number> {
  const { rows } = await sql<{ open: number }>`
    select count(*)::int as open from eval_items
    where organization_id = ${tx.organizationId} and eval_id = ${evalId} and status in ('pending', 'running', 'scoring')
  `.execute(tx)
  return rows[0]?.open ?? 0
}

/** One case asked once, as people see it. */
export interface ItemView {
  readonly id: string
  readonly evalId: string
  readonly caseId: string
  readonly caseName: string
  readonly caseVersion: number
  readonly tags: readonly string[]
  readonly repetition: number
  readonly status: EvalItemStatus
  readonly runId: string | null
  readonly runStatus: RunStatus | null
  readonly error: RecordedError | null
  readonly costMicros: number
  readonly durationMs: number | null
}

/** What an eval asks, by case. */
export async function listItems(tx: TenantTx, evalId: string): Promise<readonly ItemView[]> {
  const { rows } = await sql<ItemView>`
    select i.id, i.eval_id as "evalId", i.case_id as "caseId", c.name as "caseName", c.version as "caseVersion", c.tags,
      i.repetition, i.status, i.run_id as "runId", r.status as "runStatus", i.error, i.cost_micros as "costMicros",
      i.duration_ms as "durationMs"
    from eval_items i
    join eval_cases c on c.organization_id = i.organization_id and c.id = i.case_id
    left join agent_runs r on r.organization_id = i.organization_id and r.id = i.run_id
    where i.organization_id = ${tx.organizationId} and i.eval_id = ${evalId}
    order by c.name, i.repetition
  `.execute(tx)
  return rows
}
