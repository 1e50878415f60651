import { asId, type RunId } from '../../base/ids.ts'
import { listWaits, type WaitView } from '../sql/waits.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import { type LlmCallView, listLlmCalls } from './llm-calls.ts'
import { listSteps, type StepView, toStepView } from './run-steps.ts'
import { listRunTotals } from './run-totals.ts'
import { findFullPlaces, listTreeRows, type RunRow, type RunView, toRunView } from './run-view.ts'
import { listToolExecutions, type ToolExecutionView } from './tool-executions.ts'

/** A run with its journal, its calls and its children, as it stands in the database at this moment. */
export type RunTrace<Content> = RunView & {
  readonly input: unknown
  readonly output?: unknown
  readonly waits?: WaitView[]
  readonly steps: StepView[]
  readonly llmCalls: LlmCallView[]
  readonly toolExecutions: ToolExecutionView[]
  readonly content: Content[]
  readonly children: RunTrace<Content>[]
}

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
  const totals = await listRunTotals(tx, rows)
  const full = await findFullPlaces(tx, rows)
  const rowsById = new Map(rows.map((row) => [row.id, row]))
  const steps = Map.groupBy(await listSteps(tx, ids), (step) => step.run_id)
  const calls = Map.groupBy(await listLlmCalls(tx, ids), ({ run }) => run)
  const executions = Map.groupBy(await listToolExecutions(tx, ids), ({ run }) => run)
  const waits = Map.groupBy(
    rows.some(({ status }) => status === 'waiting') ? await listWaits(tx, ids) : [],
    ({ runId: of }) => of,
  )
  const content = await listContent(tx, ids)
  const children = Map.groupBy(rows, (row) => row.parent_run_id)
  const assemble = (row: RunRow): RunTrace<Content> => ({
    ...toRunView(row, totals.get(row.id), full),
    input: row.input,
    ...(row.output === null ? {} : { output: row.output }),
    ...waitsOf(waits.get(row.id)),
    steps: (steps.get(row.id) ?? []).map((step) => toStepView(step, rowsById.get(step.child_run_id ?? ''))),
    llmCalls: (calls.get(row.id) ?? []).map(({ view }) => view),
    toolExecutions: (executions.get(row.id) ?? []).map(({ view }) => view),
    content: [...(content.get(asId(row.id)) ?? [])],
    children: (children.get(row.id) ?? []).map(assemble),
  })
  return assemble(root)
}

const waitsOf = (found: Awaited<ReturnType<typeof listWaits>> = []) =>
  found.length === 0 ? {} : { waits: found.map(({ wait }) => wait) }

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
