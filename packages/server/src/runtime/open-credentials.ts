import type { OrganizationId } from '../base/ids.ts'
import { open } from '../base/vault.ts'
import type { StoredConnection } from './sql/connections.ts'

/** The secrets of a connection; an empty object where it has none. */
export function openCredentials(
  { credentialId, sealed }: Pick<StoredConnection, 'credentialId' | 'sealed'>,
  { organizationId, masterKey }: { readonly organizationId: OrganizationId; readonly masterKey: Uint8Array },
): unknown {
  if (credentialId === undefined || sealed === undefined) return {}
  return open(masterKey, { organizationId, credentialId }, sealed)
}
