import { sql, type TenantTx } from '../../../db/index.ts'
import { compact } from '../../../base/compact.ts'

/** A version of the settings with which an agent asks models. */
export interface AgentConfig {
  readonly version: number
  /** Slug; absent for the agent's own. */
  readonly brand?: string | undefined
  readonly model?: string | undefined
  /** The organization's where absent; none where empty. */
  readonly fallbackModels?: readonly string[] | undefined
  readonly temperature?: number | undefined
  readonly maxOutputTokens?: number | undefined
  /** `user:ID`, `api_key:ID` or `cli`. */
  readonly actor: string
  readonly createdAt: Date
}

/** The newest version of an agent's configuration and of each brand's, its own first. */
export async function listConfigs(tx: TenantTx, agent: string): Promise<readonly AgentConfig[]> {
  const { rows } = await sql<{
    version: number
    brand: string | null
    model: string | null
    fallbackModels: readonly string[] | null
    temperature: number | null
    maxOutputTokens: number | null
    actor: string
    createdAt: Date
  }>`
    select distinct on (b.slug is not null, b.slug) c.version, b.slug as brand, c.model, c.fallback_models as "fallbackModels", c.temperature,
      c.max_output_tokens as "maxOutputTokens", c.actor, c.created_at as "createdAt"
    from agent_configs c
    join agents a on a.organization_id = c.organization_id and a.id = c.agent_id
    left join brands b on b.organization_id = c.organization_id and b.id = c.brand_id
    where c.organization_id = ${tx.organizationId} and a.name = ${agent}
    order by b.slug is not null, b.slug, c.version desc
  `.execute(tx)
  return rows.map(compact)
}

/** Writes the next version, with the agent's row locked so that two writers get two; returns it. */
export async function insertConfig(
  tx: TenantTx,
  {
    agentId,
    brandId,
    ...config
  }: Omit<AgentConfig, 'version' | 'brand' | 'createdAt'> & {
    readonly agentId: string
    readonly brandId: string | undefined
  },
): Promise<number> {
  await tx
    .selectFrom('agents')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', agentId)
    .forUpdate()
    .execute()
  const newest = await tx
    .selectFrom('agent_configs')
    .select((eb) => eb.fn.max('version').as('version'))
    .where('organization_id', '=', tx.organizationId)
    .where('agent_id', '=', agentId)
    .executeTakeFirstOrThrow()
  const version = (newest.version ?? 0) + 1
  await tx
    .insertInto('agent_configs')
    .values({
      organization_id: tx.organizationId,
      agent_id: agentId,
      version,
      brand_id: brandId ?? null,
      model: config.model ?? null,
      fallback_models: config.fallbackModels === undefined ? null : [...config.fallbackModels],
      temperature: config.temperature ?? null,
      max_output_tokens: config.maxOutputTokens ?? null,
      actor: config.actor,
    })
    .execute()
  return version
}
