import type { RunId } from '../../../base/ids.ts'
import { sql, type TenantTx } from '../../../db/index.ts'

/** A key that a run has asked for, and how far it came. */
export interface JournalEntry {
  readonly key: string
  readonly kind: 'step' | 'call' | 'child'
  /** Of the entry that says how it stands; undefined where the journal has none: of a child that has not succeeded. */
  readonly sequence: number | undefined
  /** By the database's clock; undefined where it is not over. */
  readonly finishedAt: Date | undefined
  /** It is over, and a new attempt would go on from it: a result, or a failure that nobody has resumed from. */
  readonly isSettled: boolean
}

/** What stands in a run's own journal, in the order in which it came to stand as it does. */
export async function listEntries(tx: TenantTx, runId: RunId): Promise<readonly JournalEntry[]> {
  const { rows } = await sql<{
    key: string
    kind: JournalEntry['kind']
    sequence: number | null
    finished_at: Date | null
    is_settled: boolean
  }>`
    select key, kind::text as kind, sequence, finished_at, status = 'succeeded' or error is not null as is_settled
    from run_steps
    where organization_id = ${tx.organizationId} and run_id = ${runId}
    union all
    select t.step_key, 'call', told.sequence, t.finished_at,
      t.status in ('succeeded', 'failed', 'denied', 'expired', 'simulated')
    from tool_executions t
    left join (
      select data ->> 'id' as id, max(sequence) as sequence from run_events
      where organization_id = ${tx.organizationId} and run_id = ${runId} and type = 'tool'
      group by data ->> 'id'
    ) as told on told.id = t.id::text
    where t.organization_id = ${tx.organizationId} and t.run_id = ${runId}
    union all
    select c.parent_step_key, 'child', null, c.finished_at, c.status = 'failed' and c.error is not null
    from agent_runs c
    where c.organization_id = ${tx.organizationId} and c.parent_run_id = ${runId} and not exists (
      select from run_steps s
      where s.organization_id = c.organization_id and s.run_id = ${runId} and s.key = c.parent_step_key
    )
    order by sequence nulls last, finished_at
  `.execute(tx)
  return rows.map(({ sequence, finished_at: finishedAt, is_settled: isSettled, ...entry }) => ({
    ...entry,
    sequence: sequence ?? undefined,
    finishedAt: finishedAt ?? undefined,
    isSettled,
  }))
}
