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

/**
 * Reads what is on record of recipients, under the shared side of the consents' lock, which is held until the
 * transaction ends. The lock is a statement of its own: one that waited for it within the reading would read what stood
 * before the wait. Each recipient is looked up by itself: without statistics, which the embedded database keeps none of, a
 * join would read every address of the organization.
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
  const { rows: asked } = await sql<{ address: string; mailbox: string }>`
    select asked.address, mailbox_of(asked.address::citext) as mailbox,
      pg_advisory_xact_lock_shared(hashtextextended(${`consents ${tx.organizationId}`}, 0))::text as locked
    from jsonb_array_elements_text(${toJsonText(recipients)}::text::jsonb) as asked (address)
  `.execute(tx)
  const questions = asked.map(({ address, mailbox }) => ({
    address,
    mailbox,
    hmac: hashMailbox(masterKey, tx.organizationId, mailbox),
  }))
  const { rows } = await sql<{
    address: string
    reason: string | null
    erased: boolean
    known: boolean
    status: ConsentStatus | null
  }>`
    select asked.address, stop.reason, stop.address_hmac is not null as erased, i.id is not null as known, newest.status
    from jsonb_to_recordset(${toJsonText(questions)}::text::jsonb) as asked (address text, mailbox text, hmac text)
    left join lateral (
      select s.reason, s.address_hmac from suppressions s
      where s.organization_id = ${tx.organizationId} and s.channel = ${channel}
        and (s.mailbox = asked.mailbox or s.address_hmac = asked.hmac)
      limit 1
    ) stop on true
    left join lateral (
      select i.id, i.person_id, i.channel from person_identities i
      where i.organization_id = ${tx.organizationId} and i.mailbox = asked.mailbox and i.channel::text = ${channel}
        and i.address = asked.address::citext
      limit 1
    ) i on true
    left join lateral (
      select c.status from person_consents c
      where c.organization_id = ${tx.organizationId} and c.person_id = i.person_id and c.channel = i.channel
        and c.purpose = ${purpose} and (c.identity_id = i.id or c.status in ('denied', 'revoked'))
      order by c.sequence desc limit 1
    ) newest on true
  `.execute(tx)
  return rows.map(({ address, reason, erased, known, status }) => ({
    address,
    suppressed: reason ?? undefined,
    isErased: erased,
    isKnown: known,
    consent: status ?? undefined,
  }))
}
