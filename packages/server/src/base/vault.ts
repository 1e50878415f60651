import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { deriveKey } from './derive-key.ts'
import { NeonHubError } from './errors.ts'
import type { OrganizationId } from './ids.ts'

const nonceBytes = 12
const tagBytes = 16
// Node takes tags of 4 bytes unless it is told the length.
const gcm = { authTagLength: tagBytes }

/** Which key a row was sealed with (`credentials.key_version`). */
export const vaultKeyVersion = 1

/** Whose secret it is. It is authenticated with the secret: a row that was moved elsewhere does not open. */
export interface VaultOwner {
  readonly organizationId: OrganizationId
  /** Primary key of the row in `credentials`. */
  readonly credentialId: string
}

const ownerBytes = ({ organizationId, credentialId }: VaultOwner) => Buffer.from(`${organizationId}/${credentialId}`)

/** Seals a JSON value with AES-256-GCM. Returns nonce (12 bytes), tag (16 bytes) and ciphertext, in this order. */
export function seal(masterKey: Uint8Array, owner: VaultOwner, value: unknown): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', deriveKey(masterKey, 'credentials'), nonce, gcm)
  cipher.setAAD(ownerBytes(owner))
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext])
}

/** Opens what `seal` made for the same owner. Throws `base.vault_closed` where key, owner or bytes are others. */
export function open(masterKey: Uint8Array, owner: VaultOwner, sealed: Uint8Array): unknown {
  try {
    const nonce = sealed.subarray(0, nonceBytes)
    const decipher = createDecipheriv('aes-256-gcm', deriveKey(masterKey, 'credentials'), nonce, gcm)
    decipher.setAAD(ownerBytes(owner))
    decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes))
    const text = Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()])
    return JSON.parse(text.toString('utf8'))
  } catch (error) {
    throw new NeonHubError('base.vault_closed', 'The stored credentials cannot be opened', {
      kind: 'internal',
      hint: 'Start with the NEONHUB_SECRET that they were stored under, or enter the credentials again.',
      cause: error,
    })
  }
}
