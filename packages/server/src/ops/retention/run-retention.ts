import type { OrganizationId } from '../../base/ids.ts'
import { type Database, sql, type TenantTx, withTenant } from '../../db/index.ts'
import { withSystem } from '../../db/system.ts'
import { kindsOf, noCounts, type RetentionCounts, type RetentionPolicy } from './retention-policy.ts'
import { countExpired, removeExpired } from './sql/expired.ts'
import { listPolicies } from './sql/policies.ts'

/** Rows that one transaction removes. A run takes its journal with it, so there are few at once. */
const limits: Readonly<Record<keyof RetentionCounts, number>> = {
  runs: 20,
  llmCalls: 500,
  jobs: 500,
  auditEntries: 500,
  sandboxRecords: 500,
  webhookMessages: 500,
  webhookDeliveries: 500,
  metricEvents: 500,
  notifications: 500,
}

export interface RetentionResult {
  readonly organizations: readonly ({ readonly slug: string } & RetentionCounts)[]
  /** Partitions that hold no row any more and were dropped as a whole. */
  readonly partitions: readonly string[]
  /** False where `budgetMs` ran out: the next call goes on. */
  readonly isDone: boolean
}

export interface RetentionOptions {
  /** Counts what would go, and removes nothing. */
  readonly dryRun: boolean
  /** After how long to leave the rest to the next call. */
  readonly budgetMs?: number
  /** Puts what was removed on record, in the organization. */
  readonly record: (tx: TenantTx, counts: RetentionCounts) => Promise<void>
  /** Keeps what is to outlive runs that ended longer ago than `runDays`, before they are removed. */
  readonly beforeRuns: (tx: TenantTx, policy: { readonly runDays: number }) => Promise<void>
  readonly onProgress?: (progress: { readonly slug: string; readonly removed: number }) => void
}

/**
 * Removes what is past the days that each organization keeps, in small transactions that hold nobody up. A run that is
 * not at its end, or waits for a person, stays whatever its age; what agents wrote stays when its run goes.
 */
export async function runRetention(database: Database, options: RetentionOptions): Promise<RetentionResult> {
  const { dryRun, budgetMs = Infinity, record, beforeRuns, onProgress } = options
  const until = performance.now() + budgetMs
  const organizations: ({ readonly slug: string } & RetentionCounts)[] = []
  for (const { organizationId, slug, ...policy } of await withSystem(database, listPolicies)) {
    const onRemoved = (removed: number) => onProgress?.({ slug, removed })
    const { runDays } = policy
    if (!dryRun && runDays !== undefined)
      await withTenant(database, organizationId, (tx) => beforeRuns(tx, { runDays }))
    const counts = await (dryRun
      ? countAll(database, { organizationId, policy })
      : removeAll(database, { organizationId, policy, until, onRemoved }))
    if (Object.values(counts).every((count) => count === 0)) continue
    if (!dryRun) await withTenant(database, organizationId, (tx) => record(tx, counts))
    organizations.push({ slug, ...counts })
  }
  const isDone = performance.now() < until
  return { organizations, partitions: dryRun || !isDone ? [] : await dropEmptyPartitions(database), isDone }
}

interface Scope {
  readonly organizationId: OrganizationId
  readonly policy: RetentionPolicy
}

const daysOf = (policy: RetentionPolicy, kind: keyof RetentionCounts) => {
  if (kind === 'auditEntries') return policy.auditDays
  if (kind === 'metricEvents') return policy.metricDays
  if (kind === 'webhookMessages' || kind === 'webhookDeliveries') return policy.webhookDays
  return kind === 'sandboxRecords' ? policy.sandboxDays : policy.runDays
}

async function countAll(database: Database, { organizationId, policy }: Scope): Promise<RetentionCounts> {
  const counts = { ...noCounts }
  for (const kind of kindsOf) {
    const days = daysOf(policy, kind)
    if (days === undefined) continue
    counts[kind] = await withSystem(database, (tx) => countExpired(tx, kind, { organizationId, days, limit: 0 }))
  }
  return counts
}

async function removeAll(
  database: Database,
  {
    organizationId,
    policy,
    until,
    onRemoved,
  }: Scope & { readonly until: number; readonly onRemoved: (removed: number) => void },
): Promise<RetentionCounts> {
  const counts = { ...noCounts }
  let total = 0
  for (const kind of kindsOf) {
    const days = daysOf(policy, kind)
    if (days === undefined) continue
    const request = { organizationId, days, limit: limits[kind] }
    for (let removed = request.limit; removed > 0 && performance.now() < until;) {
      removed = await withSystem(database, (tx) => removeExpired(tx, kind, request))
      counts[kind] += removed
      total += removed
      onRemoved(total)
    }
  }
  return counts
}

/** Last month's partition may still be written by a process whose clock is behind. */
async function dropEmptyPartitions(database: Database): Promise<readonly string[]> {
  const { rows } = await withSystem(database, (tx) =>
    sql<{ dropped: readonly string[] }>`
      select drop_empty_partitions((now() - interval '1 month')::date) as dropped
    `.execute(tx),
  )
  return rows[0]?.dropped ?? []
}
