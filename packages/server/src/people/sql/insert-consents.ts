import { type IdentityId, newId, type PersonId } from '../../base/ids.ts'
import { jsonb, type TenantTx } from '../../db/index.ts'
import type { ConsentEvidence, ConsentPurpose, ConsentSource, ConsentStatus, ContactChannel } from '../spec.ts'
import { recordPersonEvents } from './record-event.ts'

export interface NewConsent {
  readonly personId: PersonId
  readonly identityId: IdentityId
  readonly channel: ContactChannel
  readonly purpose: ConsentPurpose
  readonly status: ConsentStatus
  readonly source: ConsentSource
  readonly evidence: ConsentEvidence
  readonly actor: string
}

/** Appends to the ledger and to the timelines. The caller holds the consents' lock, so that the sequence is the order. */
export async function insertConsents(tx: TenantTx, consents: readonly NewConsent[]): Promise<void> {
  if (consents.length === 0) return
  await tx
    .insertInto('person_consents')
    .values(
      consents.map(({ personId, identityId, evidence, ...consent }) => ({
        ...consent,
        organization_id: tx.organizationId,
        id: newId(),
        person_id: personId,
        identity_id: identityId,
        evidence: jsonb(evidence),
      })),
    )
    .execute()
  await recordPersonEvents(
    tx,
    consents.map(({ personId, channel, purpose, status, source, actor }) => ({
      personId,
      type: 'consent_changed',
      data: { channel, purpose, status, source },
      actor,
    })),
  )
}
