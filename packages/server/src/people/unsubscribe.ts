import type { PersonId, SuppressionId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import { findIdentitiesOfMailbox } from './sql/find-identities.ts'
import { insertConsents } from './sql/insert-consents.ts'
import { listConsentStates } from './sql/consent-states.ts'
import { mailboxesOf } from './sql/mailboxes-of.ts'
import { suppressAddress } from './suppress.ts'

/**
 * A person's own no to further mail: stops the mailbox and writes `revoked` into the ledger of whoever has it. The same
 * no again changes nothing.
 */
export async function unsubscribe(
  tx: TenantTx,
  { address, masterKey }: { readonly address: string; readonly masterKey: Uint8Array },
): Promise<{ readonly suppressionId: SuppressionId; readonly isNew: boolean }> {
  const channel = 'email'
  const stop = { channel, address, reason: 'unsubscribed', actor: 'person', masterKey }
  const { id, isNew } = await suppressAddress(tx, stop, 'unsubscribed')
  const [mailbox = address] = await mailboxesOf(tx, [address])
  const identities = await findIdentitiesOfMailbox(tx, { channel, mailbox })
  const personIds = [...new Set(identities.map(({ personId }) => personId))]
  const revoked = await listRevoked(tx, personIds)
  await insertConsents(
    tx,
    identities
      .filter(({ personId }) => !revoked.has(personId))
      .map(({ id: identityId, personId }) => ({
        personId,
        identityId,
        channel,
        purpose: 'marketing',
        status: 'revoked',
        source: 'unsubscribe',
        evidence: { text: 'The unsubscribe link of a message' },
        actor: 'person',
      })),
  )
  return { suppressionId: id, isNew }
}

async function listRevoked(tx: TenantTx, personIds: readonly PersonId[]): Promise<ReadonlySet<PersonId>> {
  const states = await listConsentStates(tx, personIds)
  const isRevoked = (personId: PersonId) =>
    (states.get(personId) ?? []).some(
      ({ channel, purpose, status }) => channel === 'email' && purpose === 'marketing' && status === 'revoked',
    )
  return new Set(personIds.filter(isRevoked))
}
