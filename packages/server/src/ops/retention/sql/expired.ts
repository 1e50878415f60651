import type { OrganizationId } from '../../../base/ids.ts'
import { sql } from '../../../db/index.ts'
import type { SystemTx } from '../../../db/system.ts'
import type { RetentionCounts } from '../retention-policy.ts'

export interface ExpiredRequest {
  readonly organizationId: OrganizationId
  readonly days: number
  /** How many at most: one transaction holds their locks. */
  readonly limit: number
}

/** Which rows of a kind are past their days, by the database's clock. */
function expired(kind: Exclude<keyof RetentionCounts, 'auditEntries'>, { organizationId, days }: ExpiredRequest) {
  const before = sql`clock_timestamp() - make_interval(days => ${days})`
  switch (kind) {
    case 'runs':
      // The root decides for its tree. What waits for a person is no terminal state; nor goes what a part still waits in.
      return sql`
        from agent_runs r
        where organization_id = ${organizationId} and parent_run_id is null and finished_at < ${before}
          and status in ('succeeded', 'failed', 'cancelled')
          and not exists (
            select from agent_runs child
            where child.organization_id = r.organization_id and child.root_run_id = r.id
              and child.status not in ('succeeded', 'failed', 'cancelled')
          )
          and not exists (
            select from agent_jobs j
            where j.organization_id = r.organization_id and j.run_id = r.id and j.status in ('queued', 'active')
          )`
    case 'llmCalls':
      // Its id tells when it began, and the partition.
      return sql`
        from llm_calls
        where organization_id = ${organizationId} and run_id is null and status <> 'running' and id < uuid_at(${before})`
    case 'jobs':
      return sql`
        from agent_jobs
        where organization_id = ${organizationId} and run_id is null and updated_at < ${before}
          and status in ('succeeded', 'failed')`
    case 'sandboxRecords':
      return sql`from sandbox_records where organization_id = ${organizationId} and created_at < ${before}`
    case 'webhookDeliveries':
      return sql`
        from webhook_deliveries
        where organization_id = ${organizationId} and status <> 'pending' and finished_at < ${before}`
    case 'metricEvents':
      return sql`from metric_events where organization_id = ${organizationId} and occurred_at < ${before}`
    case 'webhookMessages':
      return sql`
        from webhook_messages
        where organization_id = ${organizationId} and status in ('delivered', 'failed') and finished_at < ${before}`
    case 'notifications':
      // Of a run or a task that waits for a person, which stays as well.
      return sql`
        from notifications
        where organization_id = ${organizationId} and last_at < ${before} and (
          resolved_at is not null
          or kind not in ('approval_requested', 'effect_unknown', 'run_needs_attention', 'task_handed_over')
        )`
    default:
      return kind satisfies never
  }
}

/** How many rows of a kind are past their days. */
export async function countExpired(
  tx: SystemTx,
  kind: keyof RetentionCounts,
  request: ExpiredRequest,
): Promise<number> {
  const from = kind === 'auditEntries' ? expiredAudit(request) : expired(kind, request)
  const { rows } = await sql<{ count: number }>`select count(*)::int as count ${from}`.execute(tx)
  return rows[0]?.count ?? 0
}

/** Where a row may come to life again meanwhile, as a failed run does that is resumed, it is locked and looked at again. */
const tables = {
  runs: ['agent_runs', 'organization_id, id', 'for update of r skip locked'],
  llmCalls: ['llm_calls', 'organization_id, id', ''],
  jobs: ['agent_jobs', 'organization_id, id', 'for update skip locked'],
  sandboxRecords: ['sandbox_records', 'organization_id, connector, collection, key', ''],
  webhookDeliveries: ['webhook_deliveries', 'organization_id, id', 'for update skip locked'],
  metricEvents: ['metric_events', 'organization_id, id', ''],
  notifications: ['notifications', 'organization_id, id', ''],
  webhookMessages: ['webhook_messages', 'organization_id, id', 'for update skip locked'],
} as const

/** Removes at most `limit` of them; what references a run goes or is loosened with it. Returns how many went. */
export async function removeExpired(
  tx: SystemTx,
  kind: keyof RetentionCounts,
  request: ExpiredRequest,
): Promise<number> {
  if (kind === 'auditEntries') return removeExpiredAudit(tx, request)
  const [table, key, lock] = tables[kind]
  const { rows } = await sql<{ removed: number }>`
    with gone as (
      delete from ${sql.raw(table)}
      where (${sql.raw(key)}) in (select ${sql.raw(key)} ${expired(kind, request)} limit ${request.limit} ${sql.raw(lock)})
      returning 1
    ) select count(*)::int as removed from gone
  `.execute(tx)
  return rows[0]?.removed ?? 0
}

/** The newest entry always stays: the next one is chained to it. */
const expiredAudit = ({ organizationId, days }: ExpiredRequest) => sql`
  from audit_logs
  where organization_id = ${organizationId}
    and id < uuid_at(clock_timestamp() - make_interval(days => ${days}))
    and id < (select id from audit_logs where organization_id = ${organizationId} order by id desc limit 1)`

/**
 * Removes the oldest entries of the chain and keeps the hash of the last one that went, where verifying begins from then
 * on.
 */
async function removeExpiredAudit(tx: SystemTx, request: ExpiredRequest): Promise<number> {
  const { organizationId, limit } = request
  const { rows } = await sql<{ removed: number }>`
    with gone as (
      delete from audit_logs
      where organization_id = ${organizationId}
        and id in (select id ${expiredAudit(request)} order by id limit ${limit})
      returning id, hash
    ), anchored as (
      insert into audit_anchors (organization_id, last_id, last_hash, removed)
      select ${organizationId}, id, hash, (select count(*) from gone) from gone order by id desc limit 1
      on conflict (organization_id) do update set
        last_id = excluded.last_id, last_hash = excluded.last_hash, removed = audit_anchors.removed + excluded.removed,
        updated_at = now()
      returning 1
    ) select count(*)::int as removed from gone
  `.execute(tx)
  return rows[0]?.removed ?? 0
}
