import { compact } from '../../../base/compact.ts'
import type { RunId } from '../../../base/ids.ts'
import { sql, type TenantTx } from '../../../db/index.ts'
import type { PromptInForce } from '../prompt-version.ts'

/** What an organization has set for the model calls of a run. */
export interface RunSettings {
  readonly model?: string
  readonly temperature?: number
  readonly maxOutputTokens?: number
  /** Its own texts in force, by the keys under which the intent declares its tasks. */
  readonly prompts: ReadonlyMap<string, PromptInForce>
}

interface Row {
  readonly model: string | null
  readonly temperature: number | null
  readonly max_output_tokens: number | null
  readonly prompts: readonly (PromptInForce & { readonly key: string })[]
}

/**
 * Reads what is set for a run whose lease was just taken, and writes on the run which versions these are. A brand's
 * configuration stands in the place of the agent's, unless it sets nothing.
 */
export async function enterSettings(tx: TenantTx, runId: RunId): Promise<RunSettings> {
  const { rows } = await sql<Row>`
    with run as (
      select agent_id, brand_id, intent, tries_drafts from agent_runs
      where organization_id = ${tx.organizationId} and id = ${runId}
    ),
    config as (
      select version, model, temperature, max_output_tokens from (
        (
          select c.* from agent_configs c join run on run.agent_id = c.agent_id and run.brand_id = c.brand_id
          where c.organization_id = ${tx.organizationId} order by c.version desc limit 1
        )
        union all
        (
          select c.* from agent_configs c join run on run.agent_id = c.agent_id and c.brand_id is null
          where c.organization_id = ${tx.organizationId} order by c.version desc limit 1
        )
      ) as newest
      where brand_id is null or num_nonnulls(model, temperature, max_output_tokens) > 0
      order by brand_id nulls last limit 1
    ),
    noted as (
      update agent_runs set
        policy_version = (
          select max(p.version) from agent_policies p join run on run.agent_id = p.agent_id
          where p.organization_id = ${tx.organizationId}
        ),
        config_version = (select version from config)
      where organization_id = ${tx.organizationId} and id = ${runId}
    )
    select config.model, config.temperature, config.max_output_tokens, coalesce((
      select jsonb_agg(jsonb_build_object('key', p.step_key, 'promptId', p.id, 'version', v.version, 'task', v.task))
      from prompts p join run on run.agent_id = p.agent_id and run.intent = p.intent
      cross join lateral (
        select version, task from prompt_versions
        where organization_id = p.organization_id and prompt_id = p.id
          and (status = 'active' or status = 'draft' and run.tries_drafts)
        order by status = 'draft' desc, version desc limit 1
      ) as v
      where p.organization_id = ${tx.organizationId}
    ), '[]') as prompts
    from run left join config on true
  `.execute(tx)
  const [row] = rows
  return {
    ...compact({ model: row?.model, temperature: row?.temperature, maxOutputTokens: row?.max_output_tokens }),
    prompts: new Map((row?.prompts ?? []).map(({ key, ...prompt }) => [key, prompt])),
  }
}
