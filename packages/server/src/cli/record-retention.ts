import type { TenantTx } from '../db/index.ts'
import { appendAudit } from '../identity/index.ts'
import type { RetentionCounts } from '../ops/index.ts'

/** What retention removed, in the organization's audit log: it tells why older records are not there. */
export const recordRetention = (tx: TenantTx, counts: RetentionCounts): Promise<void> =>
  appendAudit(tx, { actor: 'system', action: 'retention.removed', detail: { ...counts } })
