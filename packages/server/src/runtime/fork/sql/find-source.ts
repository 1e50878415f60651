import type { RunId } from '../../../base/ids.ts'
import { sql, type TenantTx } from '../../../db/index.ts'

/** What another run is made of. */
export interface SourceRun {
  readonly agent: string
  readonly intent: string
  /** Slug. */
  readonly brand: string | undefined
  readonly input: unknown
  readonly schemaHash: string | undefined
  readonly parentRunId: RunId | undefined
  readonly rootRunId: RunId
  readonly tainted: boolean
  readonly triesDrafts: boolean
  readonly isDryRun: boolean
  /** A call in its tree has an outcome that nobody knows. */
  readonly hasUnknown: boolean
}

/** A run that another may be made of; undefined where there is none in this organization. */
export async function findSource(tx: TenantTx, runId: RunId): Promise<SourceRun | undefined> {
  const { rows } = await sql<{ source: Omit<SourceRun, 'brand' | 'schemaHash' | 'parentRunId'> & Nullable }>`
    select jsonb_build_object(
      'agent', r.agent, 'intent', r.intent, 'brand', b.slug, 'input', r.input, 'schemaHash', r.schema_hash,
      'parentRunId', r.parent_run_id, 'rootRunId', r.root_run_id, 'tainted', r.tainted, 'triesDrafts', r.tries_drafts,
      'isDryRun', r.is_dry_run, 'hasUnknown', exists (
        select from agent_runs part
        join tool_executions t on t.organization_id = part.organization_id and t.run_id = part.id
        where part.organization_id = r.organization_id and part.root_run_id = r.root_run_id and t.status = 'unknown'
      )
    ) as source
    from agent_runs r
    left join brands b on b.organization_id = r.organization_id and b.id = r.brand_id
    where r.organization_id = ${tx.organizationId} and r.id = ${runId}
  `.execute(tx)
  const source = rows[0]?.source
  if (!source) return undefined
  const { brand, schemaHash, parentRunId, ...rest } = source
  return {
    ...rest,
    brand: brand ?? undefined,
    schemaHash: schemaHash ?? undefined,
    parentRunId: parentRunId ?? undefined,
  }
}

interface Nullable {
  readonly brand: string | null
  readonly schemaHash: string | null
  readonly parentRunId: RunId | null
}

/** The key under which a run at the top of a tree asked for the child that a run is, or lies under. */
export async function findKeyInRoot(tx: TenantTx, runId: RunId): Promise<string | undefined> {
  const { rows } = await sql<{ key: string }>`
    with recursive up as (
      select id, parent_run_id, parent_step_key, root_run_id from agent_runs
      where organization_id = ${tx.organizationId} and id = ${runId}
      union all
      select p.id, p.parent_run_id, p.parent_step_key, p.root_run_id from agent_runs p join up on p.id = up.parent_run_id
      where p.organization_id = ${tx.organizationId}
    )
    select parent_step_key as key from up where parent_run_id = root_run_id
  `.execute(tx)
  return rows[0]?.key
}
