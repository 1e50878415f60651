import { NeonHubError } from '../base/errors.ts'
import { newId, type PersonId } from '../base/ids.ts'
import { sql, type TenantTx } from '../db/index.ts'
import { getAddress } from './address.ts'
import { askRecipients } from './sql/ask-recipients.ts'
import { findIdentities } from './sql/find-identities.ts'
import { findPerson } from './sql/list-people.ts'
import { lockConsents } from './sql/lock-consents.ts'
import { recordPersonEvents } from './sql/record-event.ts'
import { addPersonTopics } from './sql/topics.ts'
import type { ContactChannel } from './spec.ts'

export interface NewIdentity {
  readonly channel: ContactChannel
  readonly address: string
  /** The person was seen to read what is sent there. */
  readonly verified: boolean
}

/**
 * Adds a person with their addresses. Throws `people.address_taken` and `people.address_erased`; an address is one
 * person's.
 */
export async function addPerson(
  tx: TenantTx,
  {
    name,
    language,
    identities,
    topics,
    actor,
    masterKey,
  }: {
    readonly name: string
    readonly language: string | undefined
    readonly identities: readonly NewIdentity[]
    readonly topics: readonly string[]
    readonly actor: string
    readonly masterKey: Uint8Array
  },
): Promise<PersonId> {
  await lockConsents(tx)
  const id: PersonId = newId()
  await tx
    .insertInto('people')
    .values({ organization_id: tx.organizationId, id, name, language: language ?? null })
    .execute()
  for (const identity of identities) await insertIdentity(tx, { personId: id, identity, masterKey })
  await addPersonTopics(
    tx,
    topics.map((slug) => ({ personId: id, slug })),
  )
  await recordPersonEvents(tx, [{ personId: id, type: 'created', data: {}, actor }])
  return id
}

/** Gives a person a further address; false where there is no such person. Throws as `addPerson` does. */
export async function addIdentity(
  tx: TenantTx,
  options: { readonly personId: PersonId; readonly identity: NewIdentity; readonly masterKey: Uint8Array },
): Promise<boolean> {
  await lockConsents(tx)
  if (!(await findPerson(tx, options.personId))) return false
  await insertIdentity(tx, options)
  return true
}

async function insertIdentity(
  tx: TenantTx,
  {
    personId,
    identity: { channel, address: text, verified },
    masterKey,
  }: { readonly personId: PersonId; readonly identity: NewIdentity; readonly masterKey: Uint8Array },
): Promise<void> {
  const address = getAddress(channel, text)
  if ((await findIdentities(tx, [{ channel, address }])).length > 0) throw addressTaken(address)
  const [record] = await askRecipients(tx, { channel, purpose: 'marketing', recipients: [address], masterKey })
  if (record?.isErased) throw addressErased(address)
  await tx
    .insertInto('person_identities')
    .values({
      organization_id: tx.organizationId,
      id: newId(),
      person_id: personId,
      channel,
      address,
      verified_at: verified ? sql<Date>`now()` : null,
    })
    .execute()
}

const addressTaken = (address: string) =>
  new NeonHubError('people.address_taken', `${address} is somebody's address already`, {
    kind: 'conflict',
    hint: 'neonhub people show ADDRESS says whose.',
  })

const addressErased = (address: string) =>
  new NeonHubError('people.address_erased', `${address} was erased at the person's request`, {
    kind: 'conflict',
    hint: 'Where the person came back by themselves, lift the suppression first: neonhub people unsuppress ADDRESS.',
  })
