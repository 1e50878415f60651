import { compact } from '../../base/compact.ts'
import type { RecordedError } from '../../base/errors.ts'
import { asId, type RunId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import type { ActionPreview } from '../../connectors/spec.ts'
import { listTreeRows, type RunView, toRunView } from './run-view.ts'

/** A run with its journal, its calls and its children, as it stands in the database at this moment. */
export type RunTrace<Content> = RunView & {
  readonly input: unknown
  readonly output?: unknown
  readonly steps: StepView[]
  readonly llmCalls: LlmCallView[]
  readonly toolExecutions: ToolExecutionView[]
  readonly content: Content[]
  readonly children: RunTrace<Content>[]
}

export type StepView = Awaited<ReturnType<typeof listSteps>>[number]['view']
export type LlmCallView = Awaited<ReturnType<typeof listLlmCalls>>[number]['view']
export type ToolExecutionView = ReturnType<typeof toExecutionView>

/**
 * The trace of a run; undefined where there is none in this organization. `listContent` gives the content of runs, which
 * another room keeps.
 */
export async function findRunTrace<Content>(
  tx: TenantTx,
  runId: RunId,
  listContent: (tx: TenantTx, runIds: readonly RunId[]) => Promise<ReadonlyMap<RunId, readonly Content[]>>,
): Promise<RunTrace<Content> | undefined> {
  const rows = await listTreeRows(tx, runId)
  const [root] = rows
  if (!root) return undefined
  const ids = rows.map(({ id }) => asId<'run'>(id))
  const steps = Map.groupBy(await listSteps(tx, ids), ({ run }) => run)
  const calls = Map.groupBy(await listLlmCalls(tx, ids), ({ run }) => run)
  const executions = Map.groupBy(await listExecutions(tx, ids), ({ run }) => run)
  const content = await listContent(tx, ids)
  const children = Map.groupBy(rows, (row) => row.parent_run_id)
  const assemble = (row: typeof root): RunTrace<Content> => ({
    ...toRunView(row),
    input: row.input,
    ...(row.output === null ? {} : { output: row.output }),
    steps: (steps.get(row.id) ?? []).map(({ view }) => view),
    llmCalls: (calls.get(row.id) ?? []).map(({ view }) => view),
    toolExecutions: (executions.get(row.id) ?? []).map(({ view }) => view),
    content: [...(content.get(asId(row.id)) ?? [])],
    children: (children.get(row.id) ?? []).map(assemble),
  })
  return assemble(root)
}

async function listSteps(tx: TenantTx, runIds: readonly string[]) {
  const rows = await tx
    .selectFrom('run_steps as s')
    .leftJoin('run_payloads as p', (join) =>
      join
        .onRef('p.organization_id', '=', 's.organization_id')
        .onRef('p.run_id', '=', 's.run_id')
        .onRef('p.hash', '=', 's.payload_hash'),
    )
    .selectAll('s')
    .select('p.body')
    .where('s.organization_id', '=', tx.organizationId)
    .where('s.run_id', 'in', runIds)
    .orderBy('s.sequence')
    .execute()
  return rows.map((row) => ({
    run: row.run_id,
    view: compact({
      key: row.key,
      sequence: row.sequence,
      kind: row.kind,
      status: row.status,
      attempt: row.attempt,
      childRunId: row.child_run_id,
      startedAt: row.started_at.toISOString(),
      finishedAt: row.finished_at.toISOString(),
      error: row.error as RecordedError | null,
      // A child's output stands on the child.
      output: row.kind === 'child' ? undefined : (row.body ?? row.output),
    }),
  }))
}

async function listLlmCalls(tx: TenantTx, runIds: readonly string[]) {
  const rows = await tx
    .selectFrom('llm_calls')
    .selectAll()
    .where('organization_id', '=', tx.organizationId)
    .where('run_id', 'in', runIds)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    run: row.run_id ?? '',
    view: compact({
      id: row.id,
      stepKey: row.step_key,
      operation: row.operation,
      provider: row.provider,
      requestedModel: row.requested_model,
      answeredModel: row.answered_model,
      status: row.status,
      inputTokens: row.input_tokens,
      cacheReadTokens: row.cache_read_tokens,
      cacheWriteTokens: row.cache_write_tokens,
      outputTokens: row.output_tokens,
      reasoningTokens: row.reasoning_tokens,
      costMicros: row.cost_micros,
      currency: row.currency,
      costSource: row.cost_source,
      timeToFirstTokenMs: row.time_to_first_token_ms,
      durationMs: row.duration_ms,
      finishReason: row.finish_reason,
      error: row.error as RecordedError | null,
      request: row.request,
      response: row.response,
      startedAt: row.started_at.toISOString(),
    }),
  }))
}

const selectExecutions = (tx: TenantTx) =>
  tx
    .selectFrom('tool_executions as t')
    .leftJoin('approvals as a', (join) =>
      join.onRef('a.organization_id', '=', 't.organization_id').onRef('a.tool_execution_id', '=', 't.id'),
    )
    .selectAll('t')
    .select('a.id as approval_id')
    .where('t.organization_id', '=', tx.organizationId)

function toExecutionView(row: Awaited<ReturnType<ReturnType<typeof selectExecutions>['execute']>>[number]) {
  return compact({
    id: row.id,
    stepKey: row.step_key,
    tool: row.tool,
    effect: row.effect,
    mode: row.mode,
    status: row.status,
    // Written by the ledger from an ActionPreview.
    preview: row.preview as ActionPreview & { recipients: string[] },
    attempt: row.attempt,
    result: row.result ?? undefined,
    error: row.error as RecordedError | null,
    approvalId: row.approval_id,
    startedAt: row.started_at?.toISOString(),
    finishedAt: row.finished_at?.toISOString(),
  })
}

async function listExecutions(tx: TenantTx, runIds: readonly string[]) {
  const rows = await selectExecutions(tx)
    .where('t.run_id', 'in', runIds)
    .orderBy('t.created_at')
    .orderBy('t.id')
    .execute()
  return rows.map((row) => ({ run: row.run_id, view: toExecutionView(row) }))
}

/** A tool execution by its id; undefined where there is none in this organization. */
export async function findToolExecution(tx: TenantTx, id: string): Promise<ToolExecutionView | undefined> {
  const row = await selectExecutions(tx).where('t.id', '=', id).executeTakeFirst()
  return row && toExecutionView(row)
}

/** One entry of a run's journal, as a stream of events tells it. */
export interface RunEventView {
  readonly id: number
  readonly type: 'step' | 'run' | 'llm' | 'tool'
  readonly data: { readonly runId: string; readonly status?: string; readonly [key: string]: unknown }
}

/**
 * Journal entries above `after`, in their order: the rows of steps, and the events beside them. The row's lock makes
 * entries visible in the order of their numbers, so a reader that goes on after the last it saw misses none.
 */
export async function listRunEvents(
  tx: TenantTx,
  { runId, after, limit }: { readonly runId: RunId; readonly after: number; readonly limit: number },
): Promise<readonly RunEventView[]> {
  const { rows } = await sql<{ sequence: number; type: RunEventView['type']; data: Record<string, unknown> }>`
    select sequence, 'step' as type,
      jsonb_build_object('key', key, 'kind', kind, 'status', status, 'childRunId', child_run_id, 'error', error) as data
    from run_steps
    where organization_id = ${tx.organizationId} and run_id = ${runId} and sequence > ${after}
    union all
    select sequence, type, data from run_events
    where organization_id = ${tx.organizationId} and run_id = ${runId} and sequence > ${after}
    order by sequence limit ${limit}
  `.execute(tx)
  return rows.map(({ sequence, type, data }) => ({ id: sequence, type, data: { ...data, runId } }))
}
