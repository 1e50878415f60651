import { createHmac } from 'node:crypto'
import { deriveKey } from '../base/derive-key.ts'
import type { OrganizationId } from '../base/ids.ts'

/**
 * What is left of an address once its person was erased: HMAC-SHA256 in hex, so that it can be refused and not be read.
 * Mail addresses can be guessed, so the key is derived from the installation's secret, which is not in the database. The
 * organization goes in too: two of them cannot learn that they knew the same person.
 */
export function hashMailbox(masterKey: Uint8Array, organizationId: OrganizationId, mailbox: string): string {
  const key = deriveKey(masterKey, 'erased-addresses')
  return createHmac('sha256', key).update(`${organizationId}\0${mailbox}`).digest('hex')
}
