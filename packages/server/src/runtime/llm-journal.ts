import type { CallJournal, LlmCallEnd, LlmCallStart } from '../base/call-journal.ts'
import { NeonHubError, type RecordedError } from '../base/errors.ts'
import { type LlmCallId, newId, type RunId } from '../base/ids.ts'
import { jsonb, sql, type TenantTx, withTenant } from '../db/index.ts'
import { type Attempt, loseLease, onRecord } from './attempt.ts'
import { findModels } from './models/find-models.ts'
import type { PromptVersionRef } from './settings/prompt-version.ts'
import { holdsFence } from './sql/holds-fence.ts'
import { recordEvent } from './sql/run-events.ts'

/** The journal that a step's LLM calls are written to: the row stands before the call leaves. */
export function createCallJournal(
  attempt: Attempt,
  stepKey: string,
  promptVersion: PromptVersionRef | undefined,
): CallJournal {
  const { lease, organizationId, runtime } = attempt
  return {
    organizationId,
    findModels: () => findModels(runtime, organizationId),
    beginLlmCall: async (start) => {
      const id: LlmCallId = newId()
      const isHeld = await onRecord(attempt, () =>
        withTenant(runtime.database, organizationId, (tx) => begin(tx, attempt, { id, stepKey, start, promptVersion })),
      )
      return isHeld ? id : loseLease(attempt)
    },
    endLlmCall: (id, end) =>
      onRecord(attempt, () =>
        withTenant(runtime.database, organizationId, async (tx) => {
          await settleCall(tx, id, end)
          await addCost(tx, lease.runId, end)
          const status = end.error === undefined ? 'succeeded' : 'failed'
          await recordEvent(tx, { runId: lease.runId, type: 'llm', data: { id, stepKey, status } })
        }),
      ),
  }
}

async function begin(
  tx: TenantTx,
  attempt: Attempt,
  { id, stepKey, start, promptVersion }: NewCall & { readonly stepKey: string },
): Promise<boolean> {
  if (!(await holdsFence(tx, attempt.lease))) return false
  await assertBelowCeilings(tx, attempt)
  await insertCall(tx, { id, runId: attempt.lease.runId, stepKey, start, promptVersion })
  await recordEvent(tx, {
    runId: attempt.lease.runId,
    type: 'llm',
    data: { id, stepKey, status: 'running', provider: start.provider, model: start.requestedModel },
  })
  return true
}

/** A child spends its parent's money too: neither its own ceiling nor the one at the top of its tree is passed. */
async function assertBelowCeilings(tx: TenantTx, { agent, lease, runtime }: Attempt): Promise<void> {
  const { rows } = await sql<{ own: number; whole: number; root_agent: string }>`
    with recursive own as (
      select id, cost_micros from agent_runs where organization_id = ${tx.organizationId} and id = ${lease.runId}
      union all
      select child.id, child.cost_micros from agent_runs child join own on child.parent_run_id = own.id
      where child.organization_id = ${tx.organizationId}
    )
    select (select sum(cost_micros) from own)::bigint as own, sum(cost_micros)::bigint as whole,
      min(agent) filter (where id = root_run_id) as root_agent
    from agent_runs where organization_id = ${tx.organizationId} and root_run_id = ${lease.rootRunId}
  `.execute(tx)
  const spent = rows[0]
  if (!spent) return
  const root = runtime.agents.get(spent.root_agent)
  const ceilings = [
    { name: agent.name, spent: spent.own, ceiling: agent.policy.maxCostMicros },
    { name: spent.root_agent, spent: spent.whole, ceiling: root?.policy.maxCostMicros ?? 0 },
  ]
  for (const { name, spent: micros, ceiling } of ceilings) {
    if (micros < ceiling) continue
    throw new NeonHubError('runtime.cost_ceiling', `${name} has spent ${micros} of ${ceiling} micros on this run`, {
      kind: 'forbidden',
      hint: 'Raise maxCostMicros in the agent’s policy, or use a cheaper model, and resume the run.',
    })
  }
}

/** Ends the calls of holders before: what they cost, only the provider knows. */
export async function failInterruptedCalls(tx: TenantTx, runId: RunId): Promise<void> {
  await tx
    .updateTable('llm_calls')
    .set({ status: 'failed', error: jsonb(interrupted), finished_at: sql<Date>`clock_timestamp()` })
    .where('organization_id', '=', tx.organizationId)
    .where('run_id', '=', runId)
    .where('status', '=', 'running')
    .execute()
}

const interrupted: RecordedError = {
  code: 'runtime.interrupted',
  message: 'The process ended during this call',
  retryable: false,
}

interface NewCall {
  readonly id: LlmCallId
  readonly runId?: RunId
  readonly stepKey?: string
  readonly start: LlmCallStart
  readonly promptVersion?: PromptVersionRef | undefined
}

/** Writes an LLM call that is about to leave. */
export async function insertCall(tx: TenantTx, { id, runId, stepKey, start, promptVersion }: NewCall): Promise<void> {
  await tx
    .insertInto('llm_calls')
    .values({
      organization_id: tx.organizationId,
      id,
      run_id: runId ?? null,
      step_key: stepKey ?? null,
      operation: start.operation,
      provider: start.provider,
      requested_model: start.requestedModel,
      endpoint_id: start.endpointId ?? null,
      prompt_hash: start.promptHash,
      request: jsonb(start.request),
      prompt_id: promptVersion?.promptId ?? null,
      prompt_version: promptVersion?.version ?? null,
    })
    .execute()
}

/** Writes what became of an LLM call. */
export async function settleCall(tx: TenantTx, id: LlmCallId, end: LlmCallEnd): Promise<void> {
  await tx
    .updateTable('llm_calls')
    .set({
      status: end.error === undefined ? 'succeeded' : 'failed',
      answered_model: end.answeredModel ?? null,
      input_tokens: end.usage.inputTokens,
      cache_read_tokens: end.usage.cacheReadTokens,
      cache_write_tokens: end.usage.cacheWriteTokens,
      output_tokens: end.usage.outputTokens,
      reasoning_tokens: end.usage.reasoningTokens,
      cost_micros: end.costMicros,
      currency: end.currency,
      cost_source: end.costSource,
      time_to_first_token_ms: end.timeToFirstTokenMs === undefined ? null : Math.round(end.timeToFirstTokenMs),
      duration_ms: Math.round(end.durationMs),
      finish_reason: end.finishReason ?? null,
      response: end.response === undefined ? null : jsonb(end.response),
      error: end.error === undefined ? null : jsonb(end.error),
      finished_at: sql<Date>`clock_timestamp()`,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .execute()
}

async function addCost(tx: TenantTx, runId: string, { usage, costMicros }: LlmCallEnd): Promise<void> {
  const inputTokens = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
  const outputTokens = usage.outputTokens + usage.reasoningTokens
  await sql`
    update agent_runs set cost_micros = cost_micros + ${costMicros}, input_tokens = input_tokens + ${inputTokens},
      output_tokens = output_tokens + ${outputTokens}
    where organization_id = ${tx.organizationId} and id = ${runId}
  `.execute(tx)
}

/** A journal for calls outside of runs, such as the embeddings of an import. */
export function createStandaloneJournal({
  database,
  organizationId,
}: {
  readonly database: Attempt['runtime']['database']
  readonly organizationId: Attempt['organizationId']
}): CallJournal {
  return {
    organizationId,
    beginLlmCall: async (start) => {
      const id: LlmCallId = newId()
      await withTenant(database, organizationId, (tx) => insertCall(tx, { id, start }))
      return id
    },
    endLlmCall: (id, end) => withTenant(database, organizationId, (tx) => settleCall(tx, id, end)),
  }
}
