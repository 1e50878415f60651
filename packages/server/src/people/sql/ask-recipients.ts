import { sql, type TenantTx, toJsonText } from '../../db/index.ts'
import { hashMailbox } from '../hash-mailbox.ts'
import type { ConsentPurpose, ConsentStatus } from '../spec.ts'

/** What is on record of one recipient. */
export interface RecipientRecord {
  readonly address: string
  /** Why its mailbox is not written to on the channel; undefined where it may be. */
  readonly suppressed: string | undefined
  /** The person was erased, and a hash is all that is left of the mailbox. */
  readonly isErased: boolean
  /** Whether the address is somebody's in `people`. */
  readonly isKnown: boolean
  /** The newest word for the purpose; undefined where there is none. */
  readonly consent: ConsentStatus | undefined
}

interface StoredRecord {
  readonly address: string
  readonly reason: string | null
  readonly erased: boolean
  readonly known: boolean
  readonly status: ConsentStatus | null
}

/**
 * Reads what is on record of recipients, under the shared side of the consents' lock, which is held until the
 * transaction ends. The lock is a statement of its own: one that waited for it within the reading would read what stood
 * before the wait.
 */
export async function askRecipients(
  tx: TenantTx,
  {
    channel,
    purpose,
    recipients,
    masterKey,
  }: {
    readonly channel: string
    readonly purpose: ConsentPurpose
    readonly recipients: readonly string[]
    readonly masterKey: Uint8Array
  },
): Promise<readonly RecipientRecord[]> {
  const { rows: asked } = await sql<{ mailboxes: readonly { address: string; mailbox: string }[] }>`
    select hold_mailboxes(${toJsonText(recipients)}::text::jsonb) as mailboxes
  `.execute(tx)
  const questions = (asked[0]?.mailboxes ?? []).map(({ address, mailbox }, n) => ({
    n,
    address,
    mailbox,
    hmac: hashMailbox(masterKey, tx.organizationId, mailbox),
  }))
  const { rows: answered } = await sql<{ records: readonly StoredRecord[] }>`
    select ask_recipients(${channel}, ${purpose}, ${toJsonText(questions)}::text::jsonb) as records
  `.execute(tx)
  const records = answered[0]?.records ?? []
  return records.map(({ address, reason, erased, known, status }) => ({
    address,
    suppressed: reason ?? undefined,
    isErased: erased,
    isKnown: known,
    consent: status ?? undefined,
  }))
}
