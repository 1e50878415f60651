import type { OrganizationId } from '../base/ids.ts'
import { type Database, withTenant } from '../db/index.ts'
import { addJob, type Queue } from '../queue/index.ts'
import { giveEval, isDue } from './sql/evals.ts'

/** Gives an eval that no job carries on to a new one; an earlier one that comes back finds itself replaced. */
export async function wakeEval(
  { database, queue }: { readonly database: Database; readonly queue: Pick<Queue, 'dispatch'> },
  organizationId: OrganizationId,
  evalId: string,
): Promise<void> {
  const jobId = await withTenant(database, organizationId, async (tx) => {
    if (!(await isDue(tx, evalId))) return undefined
    const id = await addJob(tx, { queue: 'eval.run', payload: { evalId } })
    await giveEval(tx, evalId, id)
    return id
  })
  if (jobId) await queue.dispatch(organizationId, jobId, 'eval.run')
}
