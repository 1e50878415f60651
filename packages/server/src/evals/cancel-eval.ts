import type { TenantTx } from '../db/index.ts'
import { cancelRunIn } from '../runtime/index.ts'
import { endEval, findEval } from './sql/evals.ts'
import { cancelItems } from './sql/items.ts'
import type { EvalRow } from './spec.ts'

/**
 * Calls an eval off together with its runs, in one transaction; one that is over stays as it is. Undefined where there is
 * none in the organization.
 */
export async function cancelEval(
  tx: TenantTx,
  id: string,
  { by }: { readonly by: string },
): Promise<{ readonly found: EvalRow; readonly isCancelled: boolean } | undefined> {
  const isCancelled = await endEval(tx, id, { status: 'cancelled', by })
  if (isCancelled) for (const runId of await cancelItems(tx, id)) await cancelRunIn(tx, runId)
  const found = await findEval(tx, id)
  return found && { found, isCancelled }
}
