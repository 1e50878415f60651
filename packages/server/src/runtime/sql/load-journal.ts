import { asId, type ConnectionId, type RunId, type ToolExecutionId } from '../../base/ids.ts'
import type { RecordedError } from '../../base/errors.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import type { EffectClass } from '../../connectors/spec.ts'
import type { ApprovalStatus, RunStatus, ToolExecutionStatus } from '../spec.ts'

export interface StoredStep {
  readonly key: string
  readonly inputHash: string | undefined
  /** Undefined where the step succeeded. */
  readonly failure: RecordedError | undefined
  readonly output: unknown
}

export interface StoredExecution {
  readonly id: ToolExecutionId
  readonly stepKey: string
  readonly tool: string
  readonly effect: EffectClass
  readonly connectionId: ConnectionId | undefined
  readonly status: ToolExecutionStatus
  readonly argumentsHash: string
  /** Of a call that has not left yet, or that another run made. */
  readonly arguments: unknown
  /** Another run made it. */
  readonly isCopied: boolean
  readonly attempt: number
  readonly result: unknown
  readonly error: RecordedError | undefined
  readonly approval: ApprovalStatus | undefined
}

export interface StoredChild {
  readonly runId: RunId
  readonly stepKey: string
  readonly status: RunStatus
  readonly inputHash: string
  readonly output: unknown
  readonly error: RecordedError | undefined
  readonly tainted: boolean
}

/** What a run has on record: what a new attempt begins from. */
export interface StoredJournal {
  readonly steps: ReadonlyMap<string, StoredStep>
  readonly executions: ReadonlyMap<string, StoredExecution>
  readonly children: ReadonlyMap<string, StoredChild>
}

/** What a run has on record before its first attempt. */
export const emptyJournal: StoredJournal = { steps: new Map(), executions: new Map(), children: new Map() }

/** Reads the finished steps, tool executions and children of a run, by their keys. */
export async function loadJournal(tx: TenantTx, runId: RunId): Promise<StoredJournal> {
  const steps = await sql<{
    key: string
    input_hash: string | null
    output: unknown
    failure: RecordedError | null
  }>`
    select s.key, s.input_hash, case when s.payload_hash is null then s.output else p.body end as output, s.error as failure
    from run_steps s
    left join run_payloads p
      on p.organization_id = s.organization_id and p.run_id = s.run_id and p.hash = s.payload_hash
    where s.organization_id = ${tx.organizationId} and s.run_id = ${runId}
      and (s.status = 'succeeded' or s.error is not null)
  `.execute(tx)
  const executions = await sql<{
    id: string
    step_key: string
    tool: string
    effect: EffectClass
    connection_id: string | null
    status: ToolExecutionStatus
    arguments_hash: string
    arguments: unknown
    is_copied: boolean
    attempt: number
    result: unknown
    error: RecordedError | null
    approval: ApprovalStatus | null
  }>`
    select t.id, t.step_key, t.tool, t.effect, t.connection_id, t.status, t.arguments_hash, t.attempt, t.result, t.error, t.is_copied,
      case when t.is_copied or t.status in ('planned', 'awaiting_approval') then t.arguments end as arguments,
      case when a.status in ('pending', 'approved') and a.expires_at <= now() then 'expired' else a.status end as approval
    from tool_executions t
    left join approvals a on a.organization_id = t.organization_id and a.tool_execution_id = t.id
    where t.organization_id = ${tx.organizationId} and t.run_id = ${runId}
  `.execute(tx)
  const children = await sql<{
    id: string
    parent_step_key: string
    status: RunStatus
    input_hash: string
    output: unknown
    error: RecordedError | null
    tainted: boolean
  }>`
    select id, parent_step_key, status, input_hash, output, error, tainted from agent_runs
    where organization_id = ${tx.organizationId} and parent_run_id = ${runId}
  `.execute(tx)
  return {
    steps: new Map(
      steps.rows.map((row) => [
        row.key,
        {
          key: row.key,
          inputHash: row.input_hash ?? undefined,
          output: row.output,
          failure: row.failure ?? undefined,
        },
      ]),
    ),
    executions: new Map(
      executions.rows.map((row) => [
        row.step_key,
        {
          id: asId(row.id),
          stepKey: row.step_key,
          tool: row.tool,
          effect: row.effect,
          connectionId: row.connection_id === null ? undefined : asId(row.connection_id),
          status: row.status,
          argumentsHash: row.arguments_hash,
          arguments: row.arguments,
          isCopied: row.is_copied,
          attempt: row.attempt,
          result: row.result,
          error: row.error ?? undefined,
          approval: row.approval ?? undefined,
        },
      ]),
    ),
    children: new Map(
      children.rows.map((row) => [
        row.parent_step_key,
        {
          runId: asId(row.id),
          stepKey: row.parent_step_key,
          status: row.status,
          inputHash: row.input_hash,
          output: row.output,
          error: row.error ?? undefined,
          tainted: row.tainted,
        },
      ]),
    ),
  }
}
