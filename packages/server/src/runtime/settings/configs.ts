import { NeonHubError } from '../../base/errors.ts'
import type { TenantTx } from '../../db/index.ts'
import type { Agent } from '../spec.ts'
import { ensureAgent } from '../sql/ensure-agent.ts'
import { getBrandId } from '../sql/get-brand-id.ts'
import { type AgentConfig, insertConfig, listConfigs } from './sql/configs.ts'

/** A change of the settings with which an agent asks models; what is left out is the installation's. */
export interface ConfigChange {
  /** Slug; the agent's own configuration where absent. */
  readonly brand?: string | undefined
  readonly model?: string | undefined
  /** The organization's where absent; none where empty. */
  readonly fallbackModels?: readonly string[] | undefined
  readonly temperature?: number | undefined
  readonly maxOutputTokens?: number | undefined
  readonly actor: string
}

/**
 * Writes the next version of an agent's configuration, or of one for a brand, which then stands in its place whole; one
 * that sets nothing takes it away. Counts for every attempt of a run that begins later. Throws `runtime.brand_unknown`.
 */
export async function setConfig(tx: TenantTx, agent: Agent, { brand, ...change }: ConfigChange): Promise<AgentConfig> {
  const { id: agentId } = await ensureAgent(tx, agent)
  const brandId = brand === undefined ? undefined : await getBrandId(tx, brand)
  const version = await insertConfig(tx, { ...change, agentId, brandId })
  const written = (await listConfigs(tx, agent.name)).find((config) => config.version === version)
  if (written) return written
  throw new NeonHubError('runtime.config_lost', 'The configuration that was just written is not there', {
    kind: 'internal',
  })
}

/** Pauses an agent, or lets it go on. A paused one is asked nothing new; runs that began go on. */
export async function setAgentStatus(tx: TenantTx, agent: Agent, status: 'active' | 'paused'): Promise<void> {
  const { id } = await ensureAgent(tx, agent)
  await tx
    .updateTable('agents')
    .set({ status, updated_at: new Date() })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .execute()
}

/** The agents that the organization has paused, by name. */
export async function listPausedAgents(tx: TenantTx): Promise<ReadonlySet<string>> {
  const rows = await tx
    .selectFrom('agents')
    .select('name')
    .where('organization_id', '=', tx.organizationId)
    .where('status', '=', 'paused')
    .execute()
  return new Set(rows.map(({ name }) => name))
}
