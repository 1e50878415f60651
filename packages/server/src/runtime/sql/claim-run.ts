import { asId, type BrandId, type OrganizationId, type RunId, type WorkerId } from '../../base/ids.ts'
import { compact } from '../../base/compact.ts'
import { type Database, groupItem, sql, type TenantTx } from '../../db/index.ts'
import type { PromptInForce } from '../settings/prompt-version.ts'

/** What an organization has set for the model calls of a run. */
export interface RunSettings {
  readonly model?: string
  /** Asked where that cannot be, in this order. */
  readonly fallbackModels?: readonly string[]
  readonly temperature?: number
  readonly maxOutputTokens?: number
  /** The run names the model: it comes before the one that a step asks for. */
  readonly forcesModel?: true
  /** Its own texts in force, by the keys under which the intent declares its tasks. */
  readonly prompts: ReadonlyMap<string, PromptInForce>
}

/** A run as its holder sees it. `fence` grows with every lease, and every journal write names it. */
export interface RunLease {
  readonly runId: RunId
  readonly rootRunId: RunId
  readonly parentRunId: RunId | undefined
  readonly brandId: BrandId | undefined
  readonly agent: string
  readonly intent: string
  readonly input: unknown
  readonly fence: number
  readonly attempt: number
  readonly approveAll: boolean
  readonly tainted: boolean
  readonly requestedBy: string
  readonly triesDrafts: boolean
  /** No effect of it leaves. */
  readonly isDryRun: boolean
  /** Of a dry run: what it reads is simulated too. */
  readonly stubsReads: boolean
  /** Its journal began with what another run had done. */
  readonly hasCopies: boolean
  /** What is asked in its tree in the place of what is set; null where nothing is. */
  readonly overrides: unknown
  /** What the organization has set when this attempt began. */
  readonly settings: RunSettings
}

/** As `claim_runs` tells it. */
interface Claimed extends Omit<RunLease, 'runId' | 'rootRunId' | 'parentRunId' | 'brandId' | 'settings'> {
  readonly runId: string
  readonly rootRunId: string
  readonly parentRunId: string | null
  readonly brandId: string | null
  readonly settings: {
    readonly model: string | null
    readonly fallbackModels: readonly string[] | null
    readonly temperature: number | null
    readonly maxOutputTokens: number | null
    readonly forcesModel?: true
    readonly prompts: readonly (PromptInForce & { readonly key: string })[]
  }
}

interface ClaimOptions {
  readonly organizationId: OrganizationId
  readonly runId: RunId
  readonly workerId: WorkerId
  readonly leaseMs: number
  /**
   * A child is claimed for the holder of its parent, whoever held it before: children run only under their parent's
   * holder, and the new fence shuts an earlier one out.
   */
  readonly parent?: RunLease
}

/**
 * Takes the lease of a queued run, of one whose holder stopped renewing it, or of a child. Returns undefined when another
 * worker holds it or its parent, or when there is nothing left to do. Only the database's clock is asked.
 */
export async function claimRun(
  database: Database,
  { organizationId, runId, workerId, leaseMs, parent }: ClaimOptions,
): Promise<RunLease | undefined> {
  const item = groupItem({
    run_id: runId,
    worker_id: workerId,
    lease_ms: leaseMs,
    parent_run_id: parent?.runId,
    parent_fence: parent?.fence,
    knows_forks: true,
  })
  const claimed = await database.groups.call<Claimed>('claim_runs', { organizationId, runId, item })
  return claimed ? toLease(claimed) : undefined
}

function toLease({ settings: { prompts, ...settings }, ...run }: Claimed): RunLease {
  return {
    ...run,
    runId: asId(run.runId),
    rootRunId: asId(run.rootRunId),
    parentRunId: run.parentRunId === null ? undefined : asId(run.parentRunId),
    brandId: run.brandId === null ? undefined : asId(run.brandId),
    settings: { ...compact(settings), prompts: new Map(prompts.map(({ key, ...prompt }) => [key, prompt])) },
  }
}

/** Milliseconds until the lease of a running run lapses, by the database's clock; undefined where it is not running. */
export async function findLeaseRemainingMs(tx: TenantTx, runId: RunId): Promise<number | undefined> {
  const { rows } = await sql<{ remaining: number }>`
    select extract(epoch from lease_expires_at - clock_timestamp())::float8 * 1000 as remaining
    from agent_runs where organization_id = ${tx.organizationId} and id = ${runId} and status = 'running'
  `.execute(tx)
  return rows[0]?.remaining
}

/** Gives the lease of an unfinished run back, so that the next worker need not wait for it to lapse. */
export async function releaseRun(tx: TenantTx, { runId, fence }: RunLease): Promise<void> {
  await sql`
    update agent_runs set status = 'queued', lease_holder = null, lease_expires_at = null, updated_at = now()
    where organization_id = ${tx.organizationId} and id = ${runId} and fence = ${fence} and status = 'running'
  `.execute(tx)
}
