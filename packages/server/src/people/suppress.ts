import type { SuppressionId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import { hashMailbox } from './hash-mailbox.ts'
import { findIdentitiesOfMailbox } from './sql/find-identities.ts'
import { lockConsents } from './sql/lock-consents.ts'
import { mailboxesOf } from './sql/mailboxes-of.ts'
import { recordPersonEvents } from './sql/record-event.ts'
import { deleteSuppression, findSuppression, insertSuppression, listSuppressions } from './sql/suppressions.ts'
import type { PersonEventType, Suppression } from './spec.ts'

export interface NewSuppression {
  readonly channel: string
  readonly address: string
  readonly reason: string
  readonly actor: string
  readonly masterKey: Uint8Array
}

/**
 * Stops sends of a channel to a mailbox, whatever its spelling. `isNew` is false where they were stopped before, also
 * where nothing but the hash of an erased address is left.
 */
export async function suppressAddress(
  tx: TenantTx,
  suppression: NewSuppression,
  eventType: PersonEventType = 'suppressed',
): Promise<{ readonly id: SuppressionId; readonly isNew: boolean }> {
  const { channel, address, reason, actor, masterKey } = suppression
  await lockConsents(tx)
  const mailbox = await mailboxOf(tx, address)
  const hmac = hashMailbox(masterKey, tx.organizationId, mailbox)
  const standing = await findSuppression(tx, { channel, mailbox, hmac })
  if (standing) return { id: standing.id, isNew: false }
  const id = await insertSuppression(tx, { channel, address, reason, actor })
  const identities = await findIdentitiesOfMailbox(tx, { channel, mailbox })
  await recordPersonEvents(
    tx,
    identities.map(({ personId }) => ({ personId, type: eventType, data: { channel, reason }, actor })),
  )
  return { id, isNew: true }
}

/** Lets a mailbox be written to again, as far as its consents allow. Undefined where there is no such suppression. */
export async function liftSuppression(
  tx: TenantTx,
  { id, actor }: { readonly id: SuppressionId; readonly actor: string },
): Promise<Suppression | undefined> {
  await lockConsents(tx)
  const lifted = await deleteSuppression(tx, id)
  if (lifted?.address === undefined) return lifted
  const { channel, reason } = lifted
  const identities = await findIdentitiesOfMailbox(tx, { channel, mailbox: await mailboxOf(tx, lifted.address) })
  await recordPersonEvents(
    tx,
    identities.map(({ personId }) => ({ personId, type: 'suppression_lifted', data: { channel, reason }, actor })),
  )
  return lifted
}

/** What stops an address, in any spelling and also after it was erased. */
export async function listSuppressionsOf(
  tx: TenantTx,
  { address, masterKey, limit }: { readonly address: string; readonly masterKey: Uint8Array; readonly limit: number },
): Promise<readonly Suppression[]> {
  const mailbox = await mailboxOf(tx, address)
  return listSuppressions(tx, { limit, of: { mailbox, hmac: hashMailbox(masterKey, tx.organizationId, mailbox) } })
}

async function mailboxOf(tx: TenantTx, address: string): Promise<string> {
  const [mailbox = address] = await mailboxesOf(tx, [address])
  return mailbox
}
