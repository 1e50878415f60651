import type { BrandId, RunId } from '../../base/ids.ts'
import { jsonb, type TenantTx } from '../../db/index.ts'
import type { Agent } from '../spec.ts'
import { ensureAgent } from './ensure-agent.ts'
import { holdsFence } from './holds-fence.ts'

export interface InsertChildRun {
  readonly runId: RunId
  readonly agent: Agent
  readonly intent: string
  readonly brandId: BrandId | undefined
  readonly input: unknown
  readonly inputHash: string
  readonly requestedBy: string
  readonly approveAll: boolean
  readonly tainted: boolean
  /** Of the intent's schemas as the code has them now. */
  readonly schemaHash: string
  readonly triesDrafts: boolean
  readonly isDryRun: boolean
  readonly stubsReads: boolean
  readonly overrides: unknown
  readonly parent: {
    readonly runId: RunId
    readonly rootRunId: RunId
    readonly stepKey: string
    readonly fence: number
  }
}

/**
 * Writes a child under its parent's fence; nothing where the organization has paused the agent, or where the parent's
 * lease is lost.
 */
export async function insertChildRun(tx: TenantTx, run: InsertChildRun): Promise<'made' | 'paused' | 'lost'> {
  if (!(await holdsFence(tx, run.parent))) return 'lost'
  const agent = await ensureAgent(tx, run.agent)
  if (agent.status === 'paused') return 'paused'
  await tx
    .with('run', (db) =>
      db.insertInto('agent_runs').values({
        organization_id: tx.organizationId,
        id: run.runId,
        agent_id: agent.id,
        agent: run.agent.name,
        intent: run.intent,
        brand_id: run.brandId ?? null,
        parent_run_id: run.parent.runId,
        root_run_id: run.parent.rootRunId,
        parent_step_key: run.parent.stepKey,
        status: 'queued',
        input: jsonb(run.input),
        input_hash: run.inputHash,
        requested_by: run.requestedBy,
        approve_all: run.approveAll,
        tainted: run.tainted,
        schema_hash: run.schemaHash,
        tries_drafts: run.triesDrafts,
        is_dry_run: run.isDryRun,
        stubs_reads: run.stubsReads,
        overrides: run.overrides === null ? null : jsonb(run.overrides),
        sequence: 1,
      }),
    )
    .insertInto('run_events')
    .values({
      organization_id: tx.organizationId,
      run_id: run.runId,
      sequence: 1,
      type: 'run',
      data: jsonb({ status: 'queued' }),
    })
    .execute()
  return 'made'
}
