import { asId, type JobId, newId, type OrganizationId, type RunId } from '../base/ids.ts'
import { NeonHubError } from '../base/errors.ts'
import { hashJson } from '../base/json.ts'
import { callGroup, groupItem, sql, type TenantTx, toJsonText, withTenant } from '../db/index.ts'
import { defaultTiming } from '../queue/index.ts'
import type { RuntimeContext } from './attempt.ts'
import { parseAsked } from './find-intent.ts'
import { schemasOf } from './settings/schemas-of.ts'
import type { Agent, AlongsideStart, RunOverrides, StartedRun, StartRun } from './spec.ts'
import { getBrandId } from './sql/get-brand-id.ts'

/**
 * Checks a request, writes the run with its job in one transaction, and hands the job to the queue. `alongside` is written
 * in the same transaction, where the run is new.
 */
export async function startRun(
  runtime: RuntimeContext,
  organizationId: OrganizationId,
  { request, alongside }: { readonly request: StartRun; readonly alongside: AlongsideStart | undefined },
): Promise<StartedRun> {
  const { brand, idempotencyKey } = request
  const asked = parseAsked(runtime.agents, { ...request, hasBrand: brand !== undefined })
  const requestHash = hashJson({
    agent: asked.agent.name,
    intent: request.intent,
    brand: brand ?? null,
    input: asked.input,
    // Left out where there is none, so that what earlier requests were known by stays what it was.
    ...(request.dryRun ? { dryRun: request.dryRun } : {}),
  })
  const { runId, jobId, item } = toItem(request, asked, {
    key: idempotencyKey,
    request_hash: requestHash,
    may_wait: true,
  })
  const written = alongside
    ? await withTenant(runtime.database, organizationId, async (tx) => {
        const [result] = await callGroup(tx, 'start_runs', { organizationId, items: [item] })
        if (isWritten(result as StartResult | undefined)) await alongside(tx, runId)
        return result as StartResult | undefined
      })
    : await runtime.database.groups.call<StartResult>('start_runs', { organizationId, runId, item })
  if (idempotencyKey !== undefined && isEarlier(written)) {
    const earlier = await withTenant(runtime.database, organizationId, (tx) =>
      getEarlierRun(tx, { key: idempotencyKey, requestHash }),
    )
    return { runId: earlier, isNew: false }
  }
  if (!isWritten(written)) await withTenant(runtime.database, organizationId, (tx) => refuse(tx, written, request))
  if (written === 'made') await runtime.queue.dispatch(organizationId, jobId, 'agent.run')
  return { runId, isNew: true }
}

/**
 * Checks a request and writes the run with its job in a transaction of the caller's: its cause. Hand the job to the
 * queue's `agent.run` once that is committed. Whatever it throws as a `NeonHubError` leaves the transaction usable. That
 * `overrides` can be asked, its caller has checked (`checkPrompts`, `assertModel`).
 */
export async function writeRun(
  tx: TenantTx,
  agents: ReadonlyMap<string, Agent>,
  { overrides, ...request }: Omit<StartRun, 'idempotencyKey'> & { readonly overrides?: RunOverrides },
): Promise<{ readonly runId: RunId; readonly jobId: JobId }> {
  const asked = parseAsked(agents, { ...request, hasBrand: request.brand !== undefined })
  const { runId, jobId, item } = toItem(request, asked, overrides ? { overrides } : {})
  const { rows } = await sql<{ results: Readonly<Record<string, StartResult>> }>`
    select start_runs(${tx.organizationId}, jsonb_build_array('{"n": 0}'::jsonb || ${item}::jsonb)) as results
  `.execute(tx)
  const written = rows[0]?.results['0']
  if (!isWritten(written)) await refuse(tx, written, request)
  return { runId, jobId }
}

/** `waits`: it is written, and the queue knows of enough others of the organization to come to it. */
export type StartResult = 'made' | 'waits' | 'earlier' | 'brand_unknown' | 'paused'
type Refusal = Exclude<StartResult, 'made' | 'waits'>

/** Whether the run is on record. */
export const isWritten = (result: StartResult | undefined): result is 'made' | 'waits' =>
  result === 'made' || result === 'waits'

/** Whether an idempotency key has started a run before; nothing is said of one that another request takes at this moment. */
export const isEarlier = (written: StartResult | undefined): boolean => written === 'earlier' || written === undefined

/** What `start_runs` is told besides the request. */
interface StartExtras {
  readonly key?: string | undefined
  readonly request_hash?: string
  readonly may_wait?: boolean
  readonly forked_from_run_id?: RunId
  readonly forked_from_step?: string | undefined
  readonly overrides?: unknown
}

/** A request as `start_runs` takes it, with fresh ids. */
export function toItem(
  request: Omit<StartRun, 'idempotencyKey'>,
  { agent, intent, input }: ReturnType<typeof parseAsked>,
  extras: StartExtras = {},
): { readonly runId: RunId; readonly jobId: JobId; readonly item: string } {
  const runId: RunId = newId()
  const jobId: JobId = newId()
  const item = groupItem(
    {
      run_id: runId,
      job_id: jobId,
      agent_id: newId(),
      agent: agent.name,
      agent_kind: agent.kind,
      intent: request.intent,
      brand: request.brand,
      input_hash: hashJson(input),
      requested_by: request.requestedBy,
      approve_all: (request.approveAll ?? false) && request.dryRun === undefined,
      tainted: request.tainted ?? false,
      schema_hash: schemasOf(intent).hash,
      tries_drafts: request.tryDrafts ?? false,
      patience_ms: defaultTiming.patienceMs,
      priority: request.priority,
      is_dry_run: request.dryRun !== undefined,
      stubs_reads: request.dryRun?.stubReads ?? false,
      ...extras,
    },
    { input: toJsonText(input) },
  )
  return { runId, jobId, item }
}

/** Throws why nothing was written. */
export async function refuse(
  tx: TenantTx,
  written: Refusal | undefined,
  { agent, brand }: { readonly agent: string; readonly brand?: string | undefined },
): Promise<never> {
  if (written === 'brand_unknown' && brand !== undefined) await getBrandId(tx, brand)
  if (written === 'paused') throw agentPaused(agent)
  throw new NeonHubError('runtime.not_started', `The run of ${agent} was not written`, {
    kind: 'internal',
    retryable: true,
    hint: 'Something of it was changed at the same moment. Ask again.',
  })
}

/** The run that this key has started. Throws `runtime.idempotency_conflict` where that was for another request. */
export async function getEarlierRun(
  tx: TenantTx,
  { key, requestHash }: { readonly key: string; readonly requestHash: string },
): Promise<RunId> {
  const row = await tx
    .selectFrom('run_idempotency_keys')
    .select(['run_id', 'request_hash'])
    .where('organization_id', '=', tx.organizationId)
    .where('key', '=', key)
    .executeTakeFirstOrThrow()
  if (row.request_hash === requestHash) return asId(row.run_id)
  throw new NeonHubError('runtime.idempotency_conflict', `The idempotency key "${key}" was used for another request`, {
    kind: 'conflict',
    hint: 'Send a new key with a new request.',
  })
}

/** What a run of a paused agent, or a child run, meets. */
export const agentPaused = (agent: string) =>
  new NeonHubError('runtime.agent_paused', `${agent} is paused in this organization`, {
    kind: 'conflict',
    hint: `Nothing new is asked of it until somebody lets it go on: neonhub agents resume ${agent}`,
  })
