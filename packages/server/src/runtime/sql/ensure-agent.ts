import { newId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'
import type { Agent } from '../spec.ts'

/** The agent's row of this organization, made where something of the organization first names it. */
export async function ensureAgent(
  tx: TenantTx,
  agent: Pick<Agent, 'name' | 'kind'>,
): Promise<{ readonly id: string; readonly status: 'active' | 'paused' }> {
  const find = () =>
    tx
      .selectFrom('agents')
      .select(['id', 'status'])
      .where('organization_id', '=', tx.organizationId)
      .where('name', '=', agent.name)
  const found = await find().executeTakeFirst()
  if (found) return found
  await tx
    .insertInto('agents')
    .values({ organization_id: tx.organizationId, id: newId(), name: agent.name, kind: agent.kind })
    .onConflict((conflict) => conflict.columns(['organization_id', 'name']).doNothing())
    .execute()
  return find().executeTakeFirstOrThrow()
}
