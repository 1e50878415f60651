import pc from 'picocolors'
import type { Config } from '../../../base/config.ts'
import { NeonHubError } from '../../../base/errors.ts'
import { type Database, migrate, withTenant } from '../../../db/index.ts'
import { withSystem } from '../../../db/system.ts'
import { appendAudit } from '../../../identity/index.ts'
import {
  findOrganization,
  listPolicies,
  type RetentionPolicy,
  type RetentionResult,
  runRetention,
  savePolicy,
} from '../../../ops/index.ts'
import { formatTable } from '../../print/format.ts'
import { keepRunMetrics } from '../../../runtime/index.ts'
import { recordRetention } from '../../record-retention.ts'
import type { Terminal } from '../../terminal.ts'
import { withDatabase } from '../../with-database.ts'

/** A kind that is absent stays as it is. */
export interface RetentionFlags {
  readonly runs?: number | 'forever'
  readonly audit?: number | 'forever'
  readonly sandbox?: number | 'forever'
  readonly webhooks?: number | 'forever'
  readonly metrics?: number | 'forever'
}

const days = (count: number | undefined) => (count === undefined ? 'for good' : `${count} days`)
const policyRow = (slug: string, policy: RetentionPolicy) => [
  slug,
  days(policy.runDays),
  days(policy.auditDays),
  days(policy.sandboxDays),
  days(policy.webhookDays),
  days(policy.metricDays),
]
/** As the policy keeps it. */
const orNull = (count: number | 'forever') => (count === 'forever' ? null : count)
const header = ['ORGANIZATION', 'RUNS', 'AUDIT LOG', 'SANDBOXES', 'WEBHOOKS', 'METRICS']

const withCurrent = <Result>(config: Config, work: (database: Database) => Promise<Result>) =>
  withDatabase(config, { makes: false }, async (database) => {
    await migrate(database)
    return work(database)
  })

/** What each organization keeps, and for how long. */
export async function showRetention(config: Config, terminal: Terminal): Promise<void> {
  const policies = await withCurrent(config, (database) => withSystem(database, listPolicies))
  if (terminal.isJson) return terminal.print(JSON.stringify({ policies }))
  if (policies.length === 0) {
    return terminal.print('Everything is kept for good. To change it: npx neonhub db retention set SLUG --runs 365')
  }
  terminal.print(formatTable([header, ...policies.map((policy) => policyRow(policy.slug, policy))]))
}

/** Sets for how long an organization keeps what happened, on record in its audit log. */
export async function setRetention(
  config: Config,
  terminal: Terminal,
  { slug, runs, audit, sandbox, webhooks, metrics }: RetentionFlags & { readonly slug: string },
): Promise<void> {
  const changes = {
    ...(runs === undefined ? {} : { runDays: orNull(runs) }),
    ...(audit === undefined ? {} : { auditDays: orNull(audit) }),
    ...(sandbox === undefined ? {} : { sandboxDays: orNull(sandbox) }),
    ...(webhooks === undefined ? {} : { webhookDays: orNull(webhooks) }),
    ...(metrics === undefined ? {} : { metricDays: orNull(metrics) }),
  }
  if (Object.keys(changes).length === 0) {
    throw new NeonHubError('cli.retention_unchanged', 'Nothing is named that could be kept for longer or shorter', {
      kind: 'invalid',
      hint: 'Add --runs, --audit, --sandbox, --webhooks or --metrics, each with a number of days or "forever".',
    })
  }
  const policy = await withCurrent(config, async (database) => {
    const organizationId = await withSystem(database, (tx) => findOrganization(tx, slug))
    return withTenant(database, organizationId, async (tx) => {
      const saved = await savePolicy(tx, changes)
      await appendAudit(tx, { actor: 'cli', action: 'retention.set', detail: changes })
      return saved
    })
  })
  if (terminal.isJson) return terminal.print(JSON.stringify({ slug, ...policy }))
  terminal.print(formatTable([header, policyRow(slug, policy)]))
}

/** Removes what is past its days now, or tells what would go. */
export async function runRetentionNow(
  config: Config,
  terminal: Terminal,
  { dryRun }: { readonly dryRun: boolean },
): Promise<void> {
  const onProgress = ({ slug, removed }: { readonly slug: string; readonly removed: number }) =>
    terminal.status(`${slug}  ${removed.toLocaleString('en')} removed`)
  let result: RetentionResult
  try {
    result = await withCurrent(config, (database) =>
      runRetention(database, { dryRun, record: recordRetention, beforeRuns: keepRunMetrics, onProgress }),
    )
  } finally {
    terminal.endStatus()
  }
  const { organizations, partitions } = result
  if (terminal.isJson) return terminal.print(JSON.stringify({ dryRun, organizations, partitions }))
  const rows = organizations.map(({ slug, ...counts }) => [
    slug,
    ...[
      counts.runs,
      counts.llmCalls,
      counts.jobs,
      counts.auditEntries,
      counts.sandboxRecords,
      counts.webhookMessages + counts.webhookDeliveries,
      counts.metricEvents,
      counts.notifications,
    ].map((count) => count.toLocaleString('en')),
  ])
  if (rows.length === 0) terminal.print('Nothing is past its days.')
  else
    terminal.print(
      formatTable([
        ['ORGANIZATION', 'RUNS', 'OTHER CALLS', 'JOBS', 'AUDIT', 'SANDBOX', 'WEBHOOKS', 'METRICS', 'NOTIFICATIONS'],
        ...rows,
      ]),
    )
  if (partitions.length > 0) terminal.print(`${partitions.length} empty partitions were dropped.`)
  if (dryRun) terminal.print(pc.dim('Nothing was removed. Without --dry-run it is.'))
}
