import { NeonHubError } from '../base/errors.ts'
import { asId, type PersonId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import { getAddress } from './address.ts'
import { insertConsents } from './sql/insert-consents.ts'
import { lockConsents } from './sql/lock-consents.ts'
import type { ConsentEvidence, ConsentPurpose, ConsentSource, ConsentStatus, ContactChannel } from './spec.ts'

export interface ConsentRequest {
  readonly personId: PersonId
  readonly channel: ContactChannel
  /** Which address the word is about; may be left out where the person has one on the channel. */
  readonly address?: string | undefined
  readonly purpose: ConsentPurpose
  readonly status: ConsentStatus
  readonly source: ConsentSource
  readonly evidence: ConsentEvidence
  readonly actor: string
}

/** Whether something shows that the person said so. */
export const hasEvidence = ({ text, document, form }: ConsentEvidence): boolean =>
  [text, document, form].some((part) => part !== undefined && part.trim() !== '')

/**
 * Appends a person's word to the ledger. A yes needs evidence: an organization has to be able to show it (GDPR, article
 * 7). Returns false where there is no such person. Throws `people.evidence_missing`, `people.address_unknown`,
 * `people.address_ambiguous`.
 */
export async function recordConsent(tx: TenantTx, request: ConsentRequest): Promise<boolean> {
  const { personId, channel, purpose, status, source, evidence, actor } = request
  if (status === 'granted' && !hasEvidence(evidence)) throw evidenceMissing()
  await lockConsents(tx)
  const identities = await tx
    .selectFrom('people as p')
    .leftJoin('person_identities as i', (join) =>
      join
        .onRef('i.organization_id', '=', 'p.organization_id')
        .onRef('i.person_id', '=', 'p.id')
        .on('i.channel', '=', channel),
    )
    .select(['i.id', 'i.address'])
    .where('p.organization_id', '=', tx.organizationId)
    .where('p.id', '=', personId)
    .execute()
  if (identities.length === 0) return false
  const address = request.address === undefined ? undefined : getAddress(channel, request.address)
  const own = identities.flatMap(({ id, address: known }) => (id === null || known === null ? [] : [{ id, known }]))
  const matching = own.filter(({ known }) => address === undefined || known.toLowerCase() === address)
  const [identity, second] = matching
  if (!identity) throw addressUnknown(channel, address)
  if (second) throw addressAmbiguous(matching.map(({ known }) => known))
  const word = { channel, purpose, status, source, evidence, actor }
  await insertConsents(tx, [{ personId, identityId: asId(identity.id), ...word }])
  return true
}

const evidenceMissing = () =>
  new NeonHubError('people.evidence_missing', 'A consent cannot be granted without evidence', {
    kind: 'invalid',
    hint: 'Say what the person agreed to and when: the text that was shown, the form, or the document.',
  })

const addressUnknown = (channel: ContactChannel, address: string | undefined) =>
  new NeonHubError(
    'people.address_unknown',
    address === undefined
      ? `The person has no address for ${channel}`
      : `${address} is not an address of this person for ${channel}`,
    {
      kind: 'invalid',
      hint: 'Add the address to the person first, by an import with a line that names both addresses.',
    },
  )

const addressAmbiguous = (addresses: readonly string[]) =>
  new NeonHubError('people.address_ambiguous', `The person has several addresses: ${addresses.join(', ')}`, {
    kind: 'invalid',
    hint: 'Name the one that the person agreed for: a yes counts for one address.',
  })
