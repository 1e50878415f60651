import { NeonHubError } from '../../base/errors.ts'
import type { TenantTx } from '../../db/index.ts'
import type { Agent } from '../spec.ts'
import { ensureAgent } from '../sql/ensure-agent.ts'
import { getBrandId } from '../sql/get-brand-id.ts'
import type { Limit, LimitChange } from './spec.ts'
import { askHeldCallsAgain, deleteLimit, type LimitSubject, readLimits, writeLimit } from './sql/limits.ts'

/**
 * Sets how much goes on at once for a subject, in the place of what was set before. What goes on beyond it already is let
 * be. Throws `runtime.limit_invalid`, `runtime.brand_unknown`, `runtime.agent_unknown` and `runtime.connection_unknown`.
 */
export async function setLimit(tx: TenantTx, agents: ReadonlyMap<string, Agent>, change: LimitChange): Promise<Limit> {
  if (change.perMinute !== undefined && change.scope !== 'connection') {
    throw new NeonHubError('runtime.limit_invalid', 'Only calls of a connection are counted by the minute', {
      kind: 'invalid',
      hint: 'For runs, say how many may go on at once.',
    })
  }
  const id = await writeLimit(tx, await findSubject(tx, agents, change), change)
  if (change.connection !== undefined) await askHeldCallsAgain(tx, change.connection)
  return getLimit(tx, id)
}

/** Takes a limit away; returns what it was. Throws `runtime.limit_unknown`. */
export async function removeLimit(tx: TenantTx, id: string): Promise<Limit> {
  const limit = await getLimit(tx, id)
  await deleteLimit(tx, id)
  if (limit.connection !== undefined) await askHeldCallsAgain(tx, limit.connection)
  return limit
}

export const listLimits = (tx: TenantTx): Promise<readonly Limit[]> => readLimits(tx)

async function getLimit(tx: TenantTx, id: string): Promise<Limit> {
  const [limit] = await readLimits(tx, id)
  if (limit) return limit
  throw new NeonHubError('runtime.limit_unknown', `There is no limit ${id}`, {
    kind: 'not_found',
    hint: 'neonhub limits list shows those that are set.',
  })
}

async function findSubject(
  tx: TenantTx,
  agents: ReadonlyMap<string, Agent>,
  { scope, brand, agent, connection }: LimitChange,
): Promise<LimitSubject> {
  return {
    scope,
    brandId: brand === undefined ? undefined : await getBrandId(tx, brand),
    agentId: agent === undefined ? undefined : (await ensureAgent(tx, getAgent(agents, agent))).id,
    connectionId: connection === undefined ? undefined : await getConnectionId(tx, connection),
  }
}

function getAgent(agents: ReadonlyMap<string, Agent>, name: string): Agent {
  const agent = agents.get(name)
  if (agent) return agent
  throw new NeonHubError('runtime.agent_unknown', `There is no agent ${name}`, {
    kind: 'not_found',
    hint: `The agents are ${[...agents.keys()].join(', ')}.`,
  })
}

async function getConnectionId(tx: TenantTx, name: string): Promise<string> {
  const row = await tx
    .selectFrom('connector_auths')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('name', '=', name)
    .executeTakeFirst()
  if (row) return row.id
  throw new NeonHubError('runtime.connection_unknown', `There is no connection "${name}"`, {
    kind: 'not_found',
    hint: 'neonhub connections shows those that there are.',
  })
}
