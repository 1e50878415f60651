import type { CallJournal, LlmCallEnd, LlmCallStart } from '../base/call-journal.ts'
import { NeonHubError, type RecordedError, recordError } from '../base/errors.ts'
import { type LlmCallId, newId, type RunId } from '../base/ids.ts'
import { jsonb, sql, type TenantTx, withTenant } from '../db/index.ts'
import { type Attempt, loseLease, onRecord } from './attempt.ts'
import { type BudgetRefusal, reserveBudgets, settleBudgets, type WorksFor } from './budgets/reserve-budgets.ts'
import { createModelBreakers } from './models/breakers.ts'
import { findModels } from './models/find-models.ts'
import type { PromptVersionRef } from './settings/prompt-version.ts'
import { enterRun } from './sql/holds-fence.ts'
import { recordEvent } from './sql/run-events.ts'

/** The journal that a step's LLM calls are written to: the row stands before the call leaves. */
export function createCallJournal(
  attempt: Attempt,
  stepKey: string,
  promptVersion: PromptVersionRef | undefined,
): CallJournal {
  const { lease, organizationId, runtime, watch } = attempt
  const charged = new Set<LlmCallId>()
  let waiting: Promise<never> | undefined
  return {
    organizationId,
    findModels: () => findModels(runtime, organizationId),
    breakers: createModelBreakers(runtime, organizationId),
    beginLlmCall: async (start) => {
      for (;;) {
        const id: LlmCallId = newId()
        const begun = await onRecord(attempt, () =>
          withTenant(runtime.database, organizationId, (tx) =>
            begin(tx, attempt, { id, stepKey, start, promptVersion }),
          ),
        )
        switch (begun) {
          case 'charged':
            charged.add(id)
            return id
          case 'begun':
            return id
          case 'lost':
            return loseLease(attempt)
          case 'held':
            // A step is one operation of its attempt, however many of its calls wait.
            return (waiting ??= watch.wait('budget'))
          case 'in_turn':
            await runtime.clock.sleep(inTurnMs, watch.signal)
            break
          default:
            return begun satisfies never
        }
      }
    },
    endLlmCall: (id, end) =>
      onRecord(attempt, () =>
        withTenant(runtime.database, organizationId, async (tx) => {
          await settleCall(tx, id, end)
          await addCost(tx, lease.runId, end)
          if (charged.has(id)) await settleBudgets(tx, id, costOf(end))
          const status = end.error === undefined ? 'succeeded' : 'failed'
          await recordEvent(tx, { runId: lease.runId, type: 'llm', data: { id, stepKey, status } })
        }),
      ),
  }
}

/** How soon a call asks again for which those in flight leave no room below a ceiling. */
const inTurnMs = 250

/** Refusals that a provider gives before it works. What any other failure cost, only the provider knows. */
const freeFailures = new Set([
  'llm.rate_limited',
  'llm.key_refused',
  'llm.payment_required',
  'llm.model_not_found',
  'llm.refused',
  'llm.provider_not_configured',
  'llm.provider_unknown',
  // Of an account's own address, which is looked up before anything is sent.
  'base.host_unknown',
])

/** What a call has used of its budgets; undefined where nobody knows, which counts as all that it held. */
function costOf({ costMicros, costSource, error }: LlmCallEnd): number | undefined {
  if (costSource !== 'unknown') return costMicros
  return error && freeFailures.has(error.code) ? 0 : undefined
}

/**
 * Writes a call that is about to leave. `held`: a budget has no room, and the run waits. `in_turn`: those in flight might
 * take the rest below a ceiling, so that this one waits for them.
 */
async function begin(
  tx: TenantTx,
  attempt: Attempt,
  { id, stepKey, start, promptVersion }: NewCall & { readonly stepKey: string },
): Promise<'begun' | 'charged' | 'lost' | 'held' | 'in_turn'> {
  const { runId, rootRunId } = attempt.lease
  const entered = await enterRun(tx, attempt.lease, { limits: 'llm_cost', callId: id, treeOf: rootRunId })
  if (!entered) return 'lost'
  if (!(await hasRoomBelowCeilings(tx, attempt, start.atMost.costMicros))) return 'in_turn'
  const isCharged = entered.hasBudgets && start.atMost.costSource !== 'free'
  const refusal = isCharged ? await reserveForCall(tx, { id, runId, start }) : undefined
  if (refusal && refusal.heldUntil === undefined) throw refusal.error
  if (refusal) {
    await holdRun(tx, runId, refusal)
    return 'held'
  }
  await insertCall(tx, { id, runId: attempt.lease.runId, stepKey, start, promptVersion })
  await recordEvent(tx, {
    runId: attempt.lease.runId,
    type: 'llm',
    data: { id, stepKey, status: 'running', provider: start.provider, model: start.requestedModel },
  })
  return isCharged ? 'charged' : 'begun'
}

function reserveForCall(
  tx: TenantTx,
  {
    id,
    runId,
    start,
    worksFor,
  }: Pick<NewCall, 'id' | 'runId' | 'start'> & { readonly worksFor?: WorksFor | undefined },
): Promise<BudgetRefusal | undefined> {
  const { costMicros, currency, costSource } = start.atMost
  return reserveBudgets(tx, {
    callId: id,
    kind: 'llm_call',
    limits: 'llm_cost',
    amount: costSource === 'unknown' ? undefined : costMicros,
    currency,
    runId,
    worksFor,
    isSandbox: false,
  })
}

/** Notes until when a run waits, and for which budget. */
async function holdRun(tx: TenantTx, runId: RunId, { error, heldUntil }: BudgetRefusal): Promise<void> {
  const told = recordError(error)
  await sql`
    update agent_runs set not_before = ${heldUntil ?? null}, budget_wait = ${jsonb(told)}
    where organization_id = ${tx.organizationId} and id = ${runId}
  `.execute(tx)
  await recordEvent(tx, { runId, type: 'llm', data: { status: 'held', error: told, notBefore: heldUntil } })
}

/**
 * A child spends its parent's money too: neither its own ceiling nor the one at the top of its tree is passed. Throws
 * `runtime.cost_ceiling` where one is reached. False where what is in flight in the tree, each call at its most, might
 * reach one before this call: racing calls come one by one near the end, and only the last can go beyond, by itself.
 */
async function hasRoomBelowCeilings(
  tx: TenantTx,
  { agent, lease, runtime }: Attempt,
  atMostMicros: number,
): Promise<boolean> {
  const { rows } = await sql<{
    own: number
    own_in_flight: number
    whole: number
    whole_in_flight: number
    root_agent: string
  }>`
    with recursive own as (
      select id, cost_micros from agent_runs where organization_id = ${tx.organizationId} and id = ${lease.runId}
      union all
      select child.id, child.cost_micros from agent_runs child join own on child.parent_run_id = own.id
      where child.organization_id = ${tx.organizationId}
    ),
    in_flight as (
      select c.run_id, sum(c.reserved_micros) as micros
      from agent_runs r join llm_calls c on c.organization_id = r.organization_id and c.run_id = r.id
      where r.organization_id = ${tx.organizationId} and r.root_run_id = ${lease.rootRunId}
        and r.status = 'running' and r.lease_expires_at >= clock_timestamp()
        and c.status = 'running' and c.reserved_micros > 0
      group by c.run_id
    )
    select (select sum(cost_micros) from own)::bigint as own, sum(cost_micros)::bigint as whole,
      coalesce((select sum(micros) from in_flight where run_id in (select id from own)), 0)::bigint as own_in_flight,
      coalesce((select sum(micros) from in_flight), 0)::bigint as whole_in_flight,
      min(agent) filter (where id = root_run_id) as root_agent
    from agent_runs where organization_id = ${tx.organizationId} and root_run_id = ${lease.rootRunId}
  `.execute(tx)
  const spent = rows[0]
  if (!spent) return true
  const root = runtime.agents.get(spent.root_agent)
  const ceilings = [
    { name: agent.name, spent: spent.own, inFlight: spent.own_in_flight, ceiling: agent.policy.maxCostMicros },
    {
      name: spent.root_agent,
      spent: spent.whole,
      inFlight: spent.whole_in_flight,
      ceiling: root?.policy.maxCostMicros ?? 0,
    },
  ]
  for (const { name, spent: micros, ceiling } of ceilings) {
    if (micros < ceiling) continue
    throw new NeonHubError('runtime.cost_ceiling', `${name} has spent ${micros} of ${ceiling} micros on this run`, {
      kind: 'forbidden',
      hint: 'Raise maxCostMicros in the agent’s policy, or use a cheaper model, and resume the run.',
    })
  }
  return ceilings.every((one) => one.inFlight === 0 || one.spent + one.inFlight + atMostMicros <= one.ceiling)
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
      fallback_for: start.fallback?.of ?? null,
      fallback_reason: start.fallback?.reason ?? null,
      prompt_hash: start.promptHash,
      reserved_micros: start.atMost.costMicros,
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

/**
 * A journal for calls outside of runs, such as the embeddings of an import. Nothing waits there: what a budget forbids
 * throws. Budgets of an agent or a brand count a call where it says for whom it works.
 */
export function createStandaloneJournal({
  database,
  organizationId,
  worksFor,
}: {
  readonly database: Attempt['runtime']['database']
  readonly organizationId: Attempt['organizationId']
  readonly worksFor?: WorksFor | undefined
}): CallJournal {
  return {
    organizationId,
    beginLlmCall: async (start) => {
      const id: LlmCallId = newId()
      await withTenant(database, organizationId, async (tx) => {
        await insertCall(tx, { id, start })
        if (start.atMost.costSource === 'free') return
        const refusal = await reserveForCall(tx, { id, start, worksFor })
        if (refusal) throw refusal.error
      })
      return id
    },
    endLlmCall: (id, end) =>
      withTenant(database, organizationId, async (tx) => {
        await settleCall(tx, id, end)
        await settleBudgets(tx, id, costOf(end))
      }),
  }
}
