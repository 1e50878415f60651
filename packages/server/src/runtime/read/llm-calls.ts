import { compact } from '../../base/compact.ts'
import type { RecordedError } from '../../base/errors.ts'
import type { LlmCallId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'

/** Without prompt and answer: a run's trace holds many calls, and those two are most of their bytes. */
const selectCalls = (tx: TenantTx) =>
  tx
    .selectFrom('llm_calls')
    .select([
      'id',
      'run_id',
      'step_key',
      'operation',
      'provider',
      'requested_model',
      'answered_model',
      'status',
      'input_tokens',
      'cache_read_tokens',
      'cache_write_tokens',
      'output_tokens',
      'reasoning_tokens',
      'cost_micros',
      'currency',
      'cost_source',
      'time_to_first_token_ms',
      'duration_ms',
      'finish_reason',
      'endpoint_id',
      'fallback_for',
      'fallback_reason',
      'prompt_version',
      'error',
      'started_at',
    ])
    .where('organization_id', '=', tx.organizationId)

type CallRow = Awaited<ReturnType<ReturnType<typeof selectCalls>['execute']>>[number]

/** A generation or embedding as people see it, without what was sent and what came back. */
export type LlmCallView = ReturnType<typeof toCallView>

function toCallView(row: CallRow) {
  return compact({
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
    ownAccount: row.endpoint_id === null ? undefined : (true as const),
    fallbackFor: row.fallback_for,
    fallbackReason: row.fallback_reason,
    promptVersion: row.prompt_version,
    error: row.error as RecordedError | null,
    startedAt: row.started_at.toISOString(),
  })
}

/** The calls of runs, each with the run that it belongs to, in the order of their start. */
export async function listLlmCalls(
  tx: TenantTx,
  runIds: readonly string[],
): Promise<readonly { readonly run: string; readonly view: LlmCallView }[]> {
  const rows = await selectCalls(tx).where('run_id', 'in', runIds).orderBy('id').execute()
  return rows.map((row) => ({ run: row.run_id ?? '', view: toCallView(row) }))
}

/** A call with its prompt and its answer; undefined where there is none in this organization. */
export async function findLlmCall(tx: TenantTx, id: LlmCallId) {
  const row = await selectCalls(tx).select(['request', 'response']).where('id', '=', id).executeTakeFirst()
  return row && { ...toCallView(row), ...compact({ runId: row.run_id, request: row.request, response: row.response }) }
}
