import { asId, type BrandId, type RunId, type WorkerId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import { enterSettings, type RunSettings } from '../settings/sql/enter-settings.ts'

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
  /** What the organization has set when this attempt began. */
  readonly settings: RunSettings
}

interface Row {
  id: string
  root_run_id: string
  parent_run_id: string | null
  brand_id: string | null
  agent: string
  intent: string
  input: unknown
  fence: number
  attempt: number
  approve_all: boolean
  tainted: boolean
  requested_by: string
  tries_drafts: boolean
}

const toLease = (row: Row): Omit<RunLease, 'settings'> => ({
  runId: asId(row.id),
  rootRunId: asId(row.root_run_id),
  parentRunId: row.parent_run_id === null ? undefined : asId(row.parent_run_id),
  brandId: row.brand_id === null ? undefined : asId(row.brand_id),
  agent: row.agent,
  intent: row.intent,
  input: row.input,
  fence: row.fence,
  attempt: row.attempt,
  approveAll: row.approve_all,
  tainted: row.tainted,
  requestedBy: row.requested_by,
  triesDrafts: row.tries_drafts,
})

interface ClaimOptions {
  readonly runId: RunId
  readonly workerId: WorkerId
  readonly leaseMs: number
}

/**
 * Takes the lease of a queued run, or of one whose holder stopped renewing it. Returns undefined when another worker
 * holds it, or when there is nothing left to do. Only the database's clock is asked.
 */
export async function claimRun(
  tx: TenantTx,
  { runId, workerId, leaseMs }: ClaimOptions,
): Promise<RunLease | undefined> {
  const { rows } = await sql<Row>`
    update agent_runs set
      status = 'running', waiting_for = null, fence = fence + 1, attempt = attempt + 1, sequence = sequence + 1,
      lease_holder = ${workerId}, lease_expires_at = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8),
      started_at = coalesce(started_at, clock_timestamp()), error = null, not_before = null, budget_wait = null,
      updated_at = now()
    where organization_id = ${tx.organizationId} and id = ${runId} and cancel_requested_at is null
      and (status = 'queued' or (status = 'running' and lease_expires_at < clock_timestamp()))
    returning id, root_run_id, parent_run_id, brand_id, agent, intent, input, fence, attempt, approve_all, tainted,
      requested_by, tries_drafts
  `.execute(tx)
  const row = rows[0]
  return row && { ...toLease(row), settings: await enterSettings(tx, runId) }
}

/**
 * Takes the lease of a child for the holder of its parent, whoever held it before: children run only under their
 * parent's holder, and the new fence shuts an earlier one out. Returns undefined where the parent's lease is lost.
 */
export async function claimChildRun(
  tx: TenantTx,
  { runId, workerId, leaseMs, parent }: ClaimOptions & { readonly parent: RunLease },
): Promise<RunLease | undefined> {
  const { rows } = await sql<Row>`
    update agent_runs set
      status = 'running', waiting_for = null, fence = fence + 1, attempt = attempt + 1, sequence = sequence + 1,
      lease_holder = ${workerId}, lease_expires_at = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8),
      started_at = coalesce(started_at, clock_timestamp()), error = null, not_before = null, budget_wait = null,
      updated_at = now()
    where organization_id = ${tx.organizationId} and id = ${runId}
      and status in ('queued', 'running', 'waiting', 'failed', 'needs_attention')
      and exists (
        select from agent_runs as parent
        where parent.organization_id = ${tx.organizationId} and parent.id = ${parent.runId}
          and parent.fence = ${parent.fence} and parent.status = 'running'
        for share
      )
    returning id, root_run_id, parent_run_id, brand_id, agent, intent, input, fence, attempt, approve_all, tainted,
      requested_by, tries_drafts
  `.execute(tx)
  const row = rows[0]
  return row && { ...toLease(row), settings: await enterSettings(tx, runId) }
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
