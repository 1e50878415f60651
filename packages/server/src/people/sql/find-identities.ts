import { asId, type IdentityId, type PersonId } from '../../base/ids.ts'
import { sql, type TenantTx, toJsonText } from '../../db/index.ts'
import type { ContactChannel } from '../spec.ts'

export interface FoundIdentity {
  readonly id: IdentityId
  readonly personId: PersonId
  readonly channel: ContactChannel
  readonly address: string
}

const toIdentity = (row: {
  id: string
  person_id: string
  channel: ContactChannel
  address: string
}): FoundIdentity => ({
  id: asId(row.id),
  personId: asId(row.person_id),
  channel: row.channel,
  address: row.address,
})

/** Whose these addresses are; those that are nobody's are left out. */
export async function findIdentities(
  tx: TenantTx,
  addresses: readonly { readonly channel: ContactChannel; readonly address: string }[],
): Promise<readonly FoundIdentity[]> {
  if (addresses.length === 0) return []
  const { rows } = await sql<{ id: string; person_id: string; channel: ContactChannel; address: string }>`
    with asked as materialized (
      select channel, address, mailbox_of(address) as mailbox
      from jsonb_to_recordset(${toJsonText(addresses)}::text::jsonb) as told (channel contact_channel, address citext)
    )
    select i.id, i.person_id, i.channel, i.address from asked
    join person_identities i
      on i.organization_id = ${tx.organizationId} and i.mailbox = asked.mailbox and i.channel = asked.channel
        and i.address = asked.address
  `.execute(tx)
  return rows.map(toIdentity)
}

/** The identities that a no to this mailbox is about: every spelling of it. */
export async function findIdentitiesOfMailbox(
  tx: TenantTx,
  { channel, mailbox }: { readonly channel: string; readonly mailbox: string },
): Promise<readonly FoundIdentity[]> {
  const { rows } = await sql<{ id: string; person_id: string; channel: ContactChannel; address: string }>`
    select id, person_id, channel, address from person_identities
    where organization_id = ${tx.organizationId} and channel::text = ${channel} and mailbox = ${mailbox}
  `.execute(tx)
  return rows.map(toIdentity)
}
