import { asId, type JobId, newId, type OrganizationId, type RunId } from '../base/ids.ts'
import { NeonHubError } from '../base/errors.ts'
import { hashJson } from '../base/json.ts'
import { sql, type TenantTx, withTenant } from '../db/index.ts'
import { addJob } from '../queue/index.ts'
import type { RuntimeContext } from './attempt.ts'
import { parseAsked } from './find-intent.ts'
import { schemasOf } from './settings/schemas-of.ts'
import type { Agent, StartedRun, StartRun } from './spec.ts'
import { getBrandId } from './sql/get-brand-id.ts'
import { insertRun } from './sql/insert-run.ts'

/** Checks a request, writes the run with its job in one transaction, and hands the job to the queue. */
export async function startRun(
  runtime: RuntimeContext,
  organizationId: OrganizationId,
  request: StartRun,
): Promise<StartedRun> {
  const { brand, idempotencyKey } = request
  const asked = parseAsked(runtime.agents, { ...request, hasBrand: brand !== undefined })
  const requestHash = hashJson({
    agent: asked.agent.name,
    intent: request.intent,
    brand: brand ?? null,
    input: asked.input,
  })
  const started = await withTenant(runtime.database, organizationId, async (tx) => {
    if (idempotencyKey !== undefined) {
      const earlier = await claimIdempotencyKey(tx, { key: idempotencyKey, requestHash })
      if (earlier) return { runId: earlier, jobId: undefined }
    }
    const written = await writeAsked(tx, request, asked)
    if (idempotencyKey !== undefined) {
      await tx
        .insertInto('run_idempotency_keys')
        .values({
          organization_id: organizationId,
          key: idempotencyKey,
          request_hash: requestHash,
          run_id: written.runId,
        })
        .execute()
    }
    return written
  })
  if (started.jobId) await runtime.queue.dispatch(organizationId, started.jobId, 'agent.run')
  return { runId: started.runId, isNew: started.jobId !== undefined }
}

/**
 * Checks a request and writes the run with its job in a transaction of the caller's: its cause. Hand the job to the
 * queue's `agent.run` once that is committed. Whatever it throws as a `NeonHubError` leaves the transaction usable.
 */
export async function writeRun(
  tx: TenantTx,
  agents: ReadonlyMap<string, Agent>,
  request: Omit<StartRun, 'idempotencyKey'>,
): Promise<{ readonly runId: RunId; readonly jobId: JobId }> {
  return writeAsked(tx, request, parseAsked(agents, { ...request, hasBrand: request.brand !== undefined }))
}

async function writeAsked(
  tx: TenantTx,
  request: StartRun,
  { agent, intent, input }: ReturnType<typeof parseAsked>,
): Promise<{ readonly runId: RunId; readonly jobId: JobId }> {
  const runId: RunId = newId()
  const written = await insertRun(tx, {
    runId,
    agent,
    intent: request.intent,
    brandId: request.brand === undefined ? undefined : await getBrandId(tx, request.brand),
    input,
    inputHash: hashJson(input),
    requestedBy: request.requestedBy,
    approveAll: request.approveAll ?? false,
    schemaHash: schemasOf(intent).hash,
    triesDrafts: request.tryDrafts ?? false,
    tainted: request.tainted ?? false,
    parent: undefined,
  })
  if (written === 'paused') throw agentPaused(agent.name)
  return { runId, jobId: await addJob(tx, { queue: 'agent.run', runId }) }
}

/** The run that this key has started; undefined where it is free, which then holds until the transaction's end. */
async function claimIdempotencyKey(
  tx: TenantTx,
  { key, requestHash }: { readonly key: string; readonly requestHash: string },
): Promise<RunId | undefined> {
  // Two requests with one key at the same instant: the second waits here, and then finds the first one's run.
  await lockText(tx, `${tx.organizationId}/${key}`)
  const row = await tx
    .selectFrom('run_idempotency_keys')
    .select(['run_id', 'request_hash'])
    .where('organization_id', '=', tx.organizationId)
    .where('key', '=', key)
    .executeTakeFirst()
  if (!row) return undefined
  if (row.request_hash === requestHash) return asId(row.run_id)
  throw new NeonHubError('runtime.idempotency_conflict', `The idempotency key "${key}" was used for another request`, {
    kind: 'conflict',
    hint: 'Send a new key with a new request.',
  })
}

/** Holds a lock named by a text until the transaction's end. */
async function lockText(tx: TenantTx, text: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${text}, 0))`.execute(tx)
}

/** What a run of a paused agent, or a child run, meets. */
export const agentPaused = (agent: string) =>
  new NeonHubError('runtime.agent_paused', `${agent} is paused in this organization`, {
    kind: 'conflict',
    hint: `Nothing new is asked of it until somebody lets it go on: neonhub agents resume ${agent}`,
  })
