import { NeonHubError, recordError } from '../base/errors.ts'
import type { JobId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import { type RunOverrides, writeRun } from '../runtime/index.ts'
import type { EvalRow } from './spec.ts'
import { holdEval } from './sql/evals.ts'
import { listPending, listRunning, moveItem, startItem } from './sql/items.ts'
import type { EvalInHand, EvalParts } from './work-eval.ts'

/** How many runs of an eval are under way at once, so that it leaves workers to what people wait for. */
const mostAtOnce = 4

/**
 * Starts runs of cases that have none, as many as there is room for. A run is written in one transaction with the item that
 * names it, under the eval's lock. A case that the agent cannot be asked any more is told as failed, and the others go on.
 */
export async function startItems(
  parts: Pick<EvalParts, 'agents' | 'queue'>,
  { row, jobId, organizationId, inside }: EvalInHand,
): Promise<void> {
  const jobIds = await inside(async (tx) => {
    if (!(await holdEval(tx, row.id, jobId))) return []
    const room = mostAtOnce - (await listRunning(tx, row.id)).length
    const started: JobId[] = []
    for (const item of room > 0 ? await listPending(tx, row.id, room) : []) {
      const job = await startOne(tx, parts.agents, row, item)
      if (job) started.push(job)
    }
    return started
  })
  for (const id of jobIds) await parts.queue.dispatch(organizationId, id, 'agent.run')
}

async function startOne(
  tx: TenantTx,
  agents: EvalParts['agents'],
  row: EvalRow,
  { id, input }: { readonly id: string; readonly input: unknown },
): Promise<JobId | undefined> {
  try {
    const { runId, jobId } = await writeRun(tx, agents, {
      agent: row.agent,
      intent: row.intent,
      input,
      // Somebody at a keyboard may wait for it, but for a table of answers and not for one.
      priority: 'bulk',
      // Nothing leaves, and nobody is asked for what a case would read: the same case is asked the same.
      dryRun: { stubReads: true },
      overrides: overridesOf(row),
      requestedBy: `eval:${row.id} of ${row.requestedBy}`,
      ...(row.brand === undefined ? {} : { brand: row.brand }),
    })
    await startItem(tx, id, runId)
    return jobId
  } catch (error) {
    if (!(error instanceof NeonHubError) || error.retryable) throw error
    await moveItem(tx, id, { from: ['pending'], to: 'failed', error: recordError(error) })
    return undefined
  }
}

/** What all runs of an eval ask alike, whatever is in force when they start. */
function overridesOf({ agent, intent, model, prompts }: EvalRow): RunOverrides {
  return {
    ...(model === undefined ? {} : { model }),
    prompts: prompts.map(({ key, version }) => ({ agent, intent, key, version })),
  }
}
