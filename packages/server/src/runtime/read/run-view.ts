import { birthOf, smallestIdAt } from '../../base/birth-of.ts'
import { compact } from '../../base/compact.ts'
import type { RecordedError } from '../../base/errors.ts'
import type { RunId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'
import type { RunOverrides, RunStatus } from '../spec.ts'
import { placeWaitOf } from '../limits/place-wait.ts'
import { type FullPlace, listFullPlaces } from '../limits/sql/limits.ts'
import { listRunTotals, type RunTotals } from './run-totals.ts'

const selectRuns = (tx: TenantTx) =>
  tx
    .selectFrom('agent_runs as r')
    .leftJoin('brands as b', (join) =>
      join.onRef('b.organization_id', '=', 'r.organization_id').onRef('b.id', '=', 'r.brand_id'),
    )
    .leftJoin('agent_capabilities as k', (join) =>
      join.onRef('k.agent', '=', 'r.agent').onRef('k.intent', '=', 'r.intent'),
    )
    .select([
      'r.id',
      'r.agent',
      'r.intent',
      'b.slug as brand',
      'r.status',
      'r.waiting_for',
      'r.requested_by',
      'r.priority',
      'r.approve_all',
      'r.tainted',
      'r.attempt',
      'r.policy_version',
      'r.config_version',
      'r.tries_drafts',
      'r.schema_hash',
      'k.schema_hash as current_hash',
      'k.gone_at',
      'r.is_dry_run',
      'r.stubs_reads',
      'r.forked_from_run_id',
      'r.forked_from_step',
      'r.overrides',
      'r.parent_run_id',
      'r.parent_step_key',
      'r.root_run_id',
      'r.cost_micros',
      'r.input_tokens',
      'r.output_tokens',
      'r.error',
      'r.not_before',
      'r.budget_wait',
      'r.created_at',
      'r.started_at',
      'r.finished_at',
      'r.input',
      'r.output',
    ])
    .where('r.organization_id', '=', tx.organizationId)

/** A run's row with its brand. */
export type RunRow = Awaited<ReturnType<ReturnType<typeof selectRuns>['execute']>>[number]

/** A run as people see it, without its trace. Moments are ISO 8601, money is in micros. */
export type RunView = ReturnType<typeof toRunView>

const nothing: RunTotals = { costMicros: 0, inputTokens: 0, outputTokens: 0, sandbox: false }

/** One root run or child, from its row. Costs and tokens are its own; the totals count its children's too. */
export function toRunView(row: RunRow, totals: RunTotals = nothing, full: readonly FullPlace[] = []) {
  const durationMs =
    row.started_at && row.finished_at ? Math.max(0, row.finished_at.getTime() - row.started_at.getTime()) : undefined
  return compact({
    id: row.id,
    agent: row.agent,
    intent: row.intent,
    brand: row.brand,
    status: row.status,
    waitingFor: row.waiting_for,
    placeWait: isQueued(row) ? placeWaitOf(row, full) : undefined,
    requestedBy: row.requested_by,
    priority: row.priority,
    approveAll: row.approve_all,
    tainted: row.tainted,
    attempt: row.attempt,
    policyVersion: row.policy_version,
    configVersion: row.config_version,
    triesDrafts: row.tries_drafts || undefined,
    intentChanged: hasIntentChanged(row) || undefined,
    dryRun: row.is_dry_run || undefined,
    stubsReads: row.stubs_reads || undefined,
    forkedFromRunId: row.forked_from_run_id,
    forkedFromStep: row.forked_from_step,
    // Written by this room as `ForkRun` has them.
    overrides: row.overrides as RunOverrides | null,
    parentRunId: row.parent_run_id,
    parentStepKey: row.parent_step_key,
    rootRunId: row.root_run_id,
    costMicros: row.cost_micros,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    totalCostMicros: totals.costMicros,
    totalInputTokens: totals.inputTokens,
    totalOutputTokens: totals.outputTokens,
    sandbox: totals.sandbox,
    // Written by this room from a RecordedError.
    error: row.error as RecordedError | null,
    notBefore: row.not_before?.toISOString(),
    budgetWait: row.budget_wait as RecordedError | null,
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString(),
    finishedAt: row.finished_at?.toISOString(),
    durationMs,
  })
}

/** A run from before the catalogue says nothing of its schemas. */
function hasIntentChanged({ status, schema_hash: asked, current_hash: current, gone_at: goneAt }: RunRow): boolean {
  if (status === 'succeeded' || status === 'cancelled' || asked === null || current === null) return false
  return asked !== current || goneAt !== null
}

export interface RunPage {
  readonly limit: number
  readonly before?: string | undefined
  readonly status?: RunStatus | undefined
  readonly parent?: RunId | undefined
}

/** A page of newest runs seldom goes further back than this. */
const recentMs = 31 * 86_400_000

/**
 * Root runs, or the children of `parent`, newest first: at most `limit`, all older than `before`. The last month is looked
 * at first, and what lies before only where that does not fill the page, so that a page costs the same after years.
 */
export async function listRuns(tx: TenantTx, page: RunPage): Promise<readonly RunView[]> {
  const from = page.before === undefined ? new Date() : birthOf(page.before)
  if (from === undefined || page.parent !== undefined) return withTotals(tx, await pageOf(tx, page).execute())
  const since = smallestIdAt(new Date(from.getTime() - recentMs))
  const recent = await pageOf(tx, page).where('r.id', '>=', since).execute()
  if (recent.length === page.limit) return withTotals(tx, recent)
  const older = pageOf(tx, { ...page, limit: page.limit - recent.length }).where('r.id', '<', since)
  return withTotals(tx, [...recent, ...(await older.execute())])
}

function pageOf(tx: TenantTx, { limit, before, status, parent }: RunPage) {
  let query = selectRuns(tx).orderBy('r.id', 'desc').limit(limit)
  query =
    parent === undefined ? query.where('r.parent_run_id', 'is', null) : query.where('r.parent_run_id', '=', parent)
  if (before !== undefined) query = query.where('r.id', '<', before)
  return status === undefined ? query : query.where('r.status', '=', status)
}

/** A run by its id; undefined where there is none in this organization. */
export async function findRun(tx: TenantTx, runId: RunId): Promise<RunView | undefined> {
  const [run] = await withTotals(tx, await selectRuns(tx).where('r.id', '=', runId).execute())
  return run
}

async function withTotals(tx: TenantTx, rows: readonly RunRow[]): Promise<readonly RunView[]> {
  const totals = await listRunTotals(tx, rows)
  const full = await findFullPlaces(tx, rows)
  return rows.map((row) => toRunView(row, totals.get(row.id), full))
}

/** The limits that leave no place now, where a run among these may wait for one. */
export async function findFullPlaces(tx: TenantTx, rows: readonly RunRow[]): Promise<readonly FullPlace[]> {
  return rows.some(isQueued) ? listFullPlaces(tx) : []
}

const isQueued = (row: RunRow) => row.status === 'queued' && row.parent_run_id === null

/** The rows of a run and of everything under it, parents before their children. */
export async function listTreeRows(tx: TenantTx, runId: RunId): Promise<readonly RunRow[]> {
  const rows: RunRow[] = []
  let level = await selectRuns(tx).where('r.id', '=', runId).execute()
  while (level.length > 0) {
    rows.push(...level)
    const parents = level.map(({ id }) => id)
    level = await selectRuns(tx).where('r.parent_run_id', 'in', parents).orderBy('r.id').execute()
  }
  return rows
}
