import { asId, type OrganizationId } from '../../../base/ids.ts'
import { sql, type TenantTx } from '../../../db/index.ts'
import type { SystemTx } from '../../../db/system.ts'
import type { RetentionPolicy } from '../retention-policy.ts'

interface PolicyRow {
  readonly organization_id: string
  readonly run_days: number | null
  readonly audit_days: number | null
  readonly sandbox_days: number | null
  readonly webhook_days: number | null
  readonly metric_days: number | null
}

const toPolicy = (row: PolicyRow): RetentionPolicy => ({
  runDays: row.run_days ?? undefined,
  auditDays: row.audit_days ?? undefined,
  sandboxDays: row.sandbox_days ?? undefined,
  webhookDays: row.webhook_days ?? undefined,
  metricDays: row.metric_days ?? undefined,
})

export interface OrganizationPolicy extends RetentionPolicy {
  readonly organizationId: OrganizationId
  readonly slug: string
}

/** The policy of every organization that has one. */
export async function listPolicies(tx: SystemTx): Promise<readonly OrganizationPolicy[]> {
  const { rows } = await sql<PolicyRow & { slug: string }>`
    select p.organization_id, o.slug, p.run_days, p.audit_days, p.sandbox_days, p.webhook_days, p.metric_days
    from retention_policies p join organizations o on o.id = p.organization_id order by o.slug
  `.execute(tx)
  return rows.map((row) => ({ organizationId: asId(row.organization_id), slug: row.slug, ...toPolicy(row) }))
}

/** Sets the kinds that are named, and leaves the others; null keeps a kind for good. Returns what holds now. */
export async function savePolicy(
  tx: TenantTx,
  changes: { readonly [Kind in keyof RetentionPolicy]?: number | null },
): Promise<RetentionPolicy> {
  const changed = Object.fromEntries(
    Object.entries({
      run_days: changes.runDays,
      audit_days: changes.auditDays,
      sandbox_days: changes.sandboxDays,
      webhook_days: changes.webhookDays,
      metric_days: changes.metricDays,
    }).filter(([, days]) => days !== undefined),
  )
  const row = await tx
    .insertInto('retention_policies')
    .values({ organization_id: tx.organizationId, ...changed })
    .onConflict((conflict) =>
      conflict.column('organization_id').doUpdateSet({ ...changed, updated_at: sql<Date>`now()` }),
    )
    .returning(['organization_id', 'run_days', 'audit_days', 'sandbox_days', 'webhook_days', 'metric_days'])
    .executeTakeFirstOrThrow()
  return toPolicy(row)
}
