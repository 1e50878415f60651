import { v7 } from 'uuid'
import { z } from 'zod'
import { hashJson, type JsonObject } from '../base/json.ts'
import { jsonb, sql, type TenantTx } from '../db/index.ts'

/** What happened: an actor (`user:ID`, `api_key:ID`, `cli`, `system`) did an action (`run.started`) to a subject. */
export interface AuditEvent {
  readonly actor: string
  readonly action: string
  /** `kind:id` of what it was done to. */
  readonly subject?: string | undefined
  readonly detail?: JsonObject | undefined
}

export interface AuditEntry {
  readonly id: string
  readonly actor: string
  readonly action: string
  readonly subject: string | undefined
  readonly detail: unknown
  readonly previousHash: string | undefined
  readonly hash: string
  readonly createdAt: Date
}

interface HashedRow {
  readonly organization_id: string
  readonly id: string
  readonly actor: string
  readonly action: string
  readonly subject: string | null
  readonly detail: unknown
  readonly previous_hash: string | null
  readonly created_at: Date
}

/** SHA-256 of the canonical JSON of a row without its hash. */
const hashRow = ({ created_at: createdAt, ...row }: HashedRow) =>
  hashJson({ ...row, created_at: createdAt.toISOString() })

/** Milliseconds since 1970 that a UUIDv7 begins with. */
const millisecondsOf = (id: string) => Number.parseInt(id.replace('-', '').slice(0, 12), 16)

/** An id after `previous`, even where the clock of the process that wrote that one is ahead of this one's. */
function idAfter(previous: string | undefined): string {
  const id = v7()
  return previous === undefined || id > previous ? id : v7({ msecs: millisecondsOf(previous) + 1 })
}

/**
 * Appends an event to the organization's chain, in the transaction of what it tells of. Until that transaction ends,
 * others that append to the same organization wait, so append last.
 */
export async function appendAudit(tx: TenantTx, { actor, action, subject, detail }: AuditEvent): Promise<void> {
  const organizationId = tx.organizationId
  await sql`select pg_advisory_xact_lock(hashtextextended(${`audit ${organizationId}`}, 0))`.execute(tx)
  const previous = await tx
    .selectFrom('audit_logs')
    .select(['id', 'hash'])
    .where('organization_id', '=', organizationId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  const row: HashedRow = {
    organization_id: organizationId,
    id: idAfter(previous?.id),
    actor,
    action,
    subject: subject ?? null,
    // As JSON will give it back, so that verifying sees what was hashed.
    detail: JSON.parse(JSON.stringify(detail ?? {})),
    previous_hash: previous?.hash ?? null,
    created_at: new Date(),
  }
  await tx
    .insertInto('audit_logs')
    .values({ ...row, detail: jsonb(row.detail), hash: hashRow(row) })
    .execute()
}

/** At most `limit` entries, newest first, older than `before` where it is given. */
export async function listAudit(
  tx: TenantTx,
  { limit, before }: { readonly limit: number; readonly before?: string | undefined },
): Promise<readonly AuditEntry[]> {
  const rows = await tx
    .selectFrom('audit_logs')
    .selectAll()
    .where('organization_id', '=', tx.organizationId)
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    actor: row.actor,
    action: row.action,
    subject: row.subject ?? undefined,
    detail: row.detail,
    previousHash: row.previous_hash ?? undefined,
    hash: row.hash,
    createdAt: row.created_at,
  }))
}

/** An entry whose text was redacted, and the hash of what it says now. */
export type RedactedEntry = {
  readonly id: string
  readonly hash: string
}

/** What entries say now, as hashes: an erasure that redacted them names these in its own entry, which vouches for them. */
export async function hashAuditEntries(tx: TenantTx, ids: readonly string[]): Promise<readonly RedactedEntry[]> {
  if (ids.length === 0) return []
  const rows = await tx
    .selectFrom('audit_logs')
    .selectAll()
    .where('organization_id', '=', tx.organizationId)
    .where('id', 'in', ids)
    .orderBy('id')
    .execute()
  return rows.map(({ hash: _hash, ...row }) => ({ id: row.id, hash: hashRow(row) }))
}

export type AuditVerdict =
  | { readonly intact: true; readonly entries: number }
  /** `brokenAt` is the first entry that was changed, or whose predecessor was. */
  | { readonly intact: false; readonly entries: number; readonly brokenAt: string }

const verifiedAtOnce = 1000

/** What the entry of an erasure vouches for. */
const Vouching = z.object({ redacted: z.array(z.object({ id: z.string(), hash: z.string() })) })

/**
 * Follows the organization's chain from its first entry, or from where retention has removed what came before: the hash
 * of the last entry that went is kept. One that says something else than its hash is good where a later erasure vouches
 * for what it says now. Cutting off the newest entries leaves no trace in the chain.
 */
export async function verifyAudit(tx: TenantTx): Promise<AuditVerdict> {
  const anchor = await tx
    .selectFrom('audit_anchors')
    .select('last_hash')
    .where('organization_id', '=', tx.organizationId)
    .executeTakeFirst()
  let previousHash: string | null = anchor?.last_hash ?? null
  let after: string | undefined
  /** Entries that say something else than their hash, with the hash of what they say; the first is where it broke. */
  const changed = new Map<string, { readonly hash: string; readonly entries: number }>()
  for (let entries = 0; ;) {
    const rows = await readChain(tx, after)
    for (const { hash, ...row } of rows) {
      if (row.previous_hash !== previousHash) return brokenAt(changed, { id: row.id, entries })
      const now = hashRow(row)
      if (now !== hash) changed.set(row.id, { hash: now, entries })
      else if (row.action === 'person.erased') {
        for (const vouched of Vouching.safeParse(row.detail).data?.redacted ?? []) {
          if (changed.get(vouched.id)?.hash === vouched.hash) changed.delete(vouched.id)
        }
      }
      previousHash = hash
      after = row.id
      entries += 1
    }
    if (rows.length < verifiedAtOnce) {
      return changed.size === 0 ? { intact: true, entries } : brokenAt(changed, { id: '', entries })
    }
  }
}

/** The first break: an entry that nobody vouches for, or else the one whose predecessor is not there. */
function brokenAt(
  changed: ReadonlyMap<string, { readonly entries: number }>,
  missing: { readonly id: string; readonly entries: number },
): AuditVerdict {
  const [first] = changed
  return first
    ? { intact: false, entries: first[1].entries, brokenAt: first[0] }
    : { intact: false, entries: missing.entries, brokenAt: missing.id }
}

function readChain(tx: TenantTx, after: string | undefined) {
  return tx
    .selectFrom('audit_logs')
    .selectAll()
    .where('organization_id', '=', tx.organizationId)
    .$if(after !== undefined, (query) => query.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(verifiedAtOnce)
    .execute()
}
