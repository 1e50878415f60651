import type { OrganizationId } from '../base/ids.ts'
import { signUnsubscribeToken } from '../base/unsubscribe-token.ts'

/**
 * How an address stands in what was written and sent: as it is, encoded for a URL, and within the unsubscribe links that
 * were made for it. A link carries the address as it was spelled, so each spelling that is known has a link of its own.
 */
export function erasureTerms(
  spellings: readonly string[],
  { organizationId, masterKey }: { readonly organizationId: OrganizationId; readonly masterKey: Uint8Array },
): readonly string[] {
  return [
    ...new Set(
      spellings.flatMap((address) => [
        address,
        encodeURIComponent(address),
        signUnsubscribeToken(masterKey, { organizationId, address }),
      ]),
    ),
  ]
}
