import { asId, type IdentityId, type PersonId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import type { ConsentPurpose, ConsentState, ConsentStatus, ContactChannel } from '../spec.ts'
import { askedIds } from './asked-ids.ts'

export interface IdentityConsent extends ConsentState {
  readonly identityId: IdentityId
}

/**
 * What counts for each address of these people: the newest entry of its own, or a newer no of the person on the channel.
 * The guard reads the same way (`ask-recipients.ts`).
 */
export async function listConsentStates(
  tx: TenantTx,
  personIds: readonly PersonId[],
): Promise<ReadonlyMap<PersonId, readonly IdentityConsent[]>> {
  if (personIds.length === 0) return new Map()
  const { rows } = await sql<{
    person_id: string
    identity_id: string
    address: string
    channel: ContactChannel
    purpose: ConsentPurpose
    status: ConsentStatus
    recorded_at: Date
  }>`
    with ${askedIds(personIds)}
    select distinct on (i.id, c.purpose)
      i.person_id, i.id as identity_id, i.address, i.channel, c.purpose, c.status, c.recorded_at
    from asked join person_identities i on i.organization_id = ${tx.organizationId} and i.person_id = asked.id
    join person_consents c
      on c.organization_id = i.organization_id and c.person_id = i.person_id and c.channel = i.channel
        and (c.identity_id = i.id or c.status in ('denied', 'revoked'))
    order by i.id, c.purpose, c.sequence desc
  `.execute(tx)
  const consents = rows.map((row) => ({
    personId: asId<'person'>(row.person_id),
    identityId: asId<'identity'>(row.identity_id),
    address: row.address,
    channel: row.channel,
    purpose: row.purpose,
    status: row.status,
    recordedAt: row.recorded_at,
  }))
  return new Map(
    [...Map.groupBy(consents, ({ personId }) => personId)].map(([personId, states]) => [
      personId,
      states.map(({ personId: _personId, ...state }) => state),
    ]),
  )
}
