import { hkdfSync } from 'node:crypto'

/** What the master key is used for. Each purpose has a key of its own, so that one of them tells nothing of another. */
export type KeyPurpose = 'credentials' | 'erased-addresses' | 'inbound' | 'sessions' | 'unsubscribe'

/** Derives 32 bytes from the master key for one purpose (HKDF with SHA-256, RFC 5869). */
export function deriveKey(masterKey: Uint8Array, purpose: KeyPurpose): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, '', `neonhub/${purpose}/1`, 32))
}
