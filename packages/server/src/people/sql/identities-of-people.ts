import type { PersonId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'
import type { ContactChannel } from '../spec.ts'

/** Every address of these people. */
export async function identitiesOfPeople(
  tx: TenantTx,
  personIds: readonly PersonId[],
): Promise<readonly { readonly channel: ContactChannel; readonly address: string }[]> {
  if (personIds.length === 0) return []
  return tx
    .selectFrom('person_identities')
    .select(['channel', 'address'])
    .where('organization_id', '=', tx.organizationId)
    .where('person_id', 'in', personIds)
    .orderBy('id')
    .execute()
}
