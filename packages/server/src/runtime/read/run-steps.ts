import { compact } from '../../base/compact.ts'
import type { RecordedError } from '../../base/errors.ts'
import type { RunId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

/**
 * A trace holds many steps, and some of them vectors or whole documents: larger outputs are read one by one. Measured as
 * stored, because taking a length of the text would write out every vector first.
 */
const traceOutputBytes = 4096

const selectSteps = (tx: TenantTx) =>
  tx
    .selectFrom('run_steps as s')
    .leftJoin('run_payloads as p', (join) =>
      join
        .onRef('p.organization_id', '=', 's.organization_id')
        .onRef('p.run_id', '=', 's.run_id')
        .onRef('p.hash', '=', 's.payload_hash'),
    )
    .select([
      's.run_id',
      's.key',
      's.sequence',
      's.kind',
      's.status',
      's.attempt',
      's.child_run_id',
      's.is_copied',
      's.payload_hash',
      's.started_at',
      's.finished_at',
      's.error',
    ])
    .where('s.organization_id', '=', tx.organizationId)

type StepRow = Awaited<ReturnType<ReturnType<typeof selectSteps>['execute']>>[number]

/** What a step gave back: where it is too large for a trace, its length alone. A child's output stands on the child. */
const whole = sql<unknown>`case when s.kind = 'child' then null else coalesce(p.body, s.output) end`
const bytes = sql<
  number | null
>`case when s.kind = 'child' then null else pg_column_size(coalesce(p.body, s.output)) end`

export type StepView = ReturnType<typeof toStepView>

/** The step of a child run is written in a moment, once the child is over: the work lies between the child's own times. */
export function toStepView(
  row: StepRow & { readonly output: unknown; readonly output_bytes: number | null },
  child: { readonly started_at: Date | null; readonly finished_at: Date | null } | undefined,
) {
  const isLong = row.payload_hash !== null || (row.output_bytes ?? 0) > traceOutputBytes
  return compact({
    key: row.key,
    sequence: row.sequence,
    kind: row.kind,
    status: row.status,
    attempt: row.attempt,
    childRunId: row.child_run_id,
    copied: row.is_copied || undefined,
    startedAt: (child?.started_at ?? row.started_at).toISOString(),
    finishedAt: (child?.finished_at ?? row.finished_at).toISOString(),
    error: row.error as RecordedError | null,
    output: row.output ?? undefined,
    outputBytes: row.output === null && isLong ? row.output_bytes : undefined,
  })
}

/** The steps of runs in the order of their ends. Large outputs are left out. */
export async function listSteps(tx: TenantTx, runIds: readonly RunId[]) {
  return selectSteps(tx)
    .select(
      sql<unknown>`case when s.payload_hash is null and ${bytes} <= ${traceOutputBytes} then ${whole} end`.as('output'),
    )
    .select(bytes.as('output_bytes'))
    .where('s.run_id', 'in', runIds)
    .orderBy('s.sequence')
    .execute()
}

/** A finished step with its whole output; undefined where there is none in this organization. */
export async function findRunStep(tx: TenantTx, runId: RunId, key: string): Promise<StepView | undefined> {
  const row = await selectSteps(tx)
    .select(whole.as('output'))
    .select(bytes.as('output_bytes'))
    .where('s.run_id', '=', runId)
    .where('s.key', '=', key)
    .executeTakeFirst()
  if (!row) return undefined
  const child =
    row.child_run_id === null
      ? undefined
      : await tx
          .selectFrom('agent_runs')
          .select(['started_at', 'finished_at'])
          .where('organization_id', '=', tx.organizationId)
          .where('id', '=', row.child_run_id)
          .executeTakeFirst()
  return toStepView(row, child)
}
