import type { TenantTx } from '../db/index.ts'
import { cancelEval } from './cancel-eval.ts'
import { deleteDataset } from './sql/datasets.ts'
import { listUnderWay } from './sql/evals.ts'

/** Forgets a data set that is locked, with its cases and evals. What is under way of it is called off with its runs. */
export async function forgetDataset(tx: TenantTx, id: string, { by }: { readonly by: string }): Promise<void> {
  for (const evalId of await listUnderWay(tx, id)) await cancelEval(tx, evalId, { by })
  await deleteDataset(tx, id)
}
