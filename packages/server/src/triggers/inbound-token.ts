import { createHmac, timingSafeEqual } from 'node:crypto'
import { deriveKey } from '../base/derive-key.ts'
import { asId, type ConnectionId, isId, type OrganizationId } from '../base/ids.ts'

/** Whose address it is. */
export interface InboundPlace {
  readonly organizationId: OrganizationId
  readonly connectionId: ConnectionId
}

const idBytes = 16
const signatureBytes = 16

const sign = (masterKey: Uint8Array, payload: Uint8Array) =>
  createHmac('sha256', deriveKey(masterKey, 'inbound')).update(payload).digest().subarray(0, signatureBytes)

const toBytes = (id: string) => Buffer.from(id.replaceAll('-', ''), 'hex')
const toText = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/**
 * The last part of the address at which a connection's events come in. It names organization and connection, so that
 * nothing is looked up across organizations, and cannot be made for another one or guessed. That a request is the
 * provider's own is not for this to say: the signature over its body is.
 */
export function signInboundToken(masterKey: Uint8Array, { organizationId, connectionId }: InboundPlace): string {
  const payload = Buffer.concat([toBytes(organizationId), toBytes(connectionId)])
  return Buffer.concat([payload, sign(masterKey, payload)]).toString('base64url')
}

/** Whose address it is; undefined where it was not made by `signInboundToken` with this key. */
export function readInboundToken(masterKey: Uint8Array, token: string): InboundPlace | undefined {
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length !== 2 * idBytes + signatureBytes || bytes.toString('base64url') !== token) return undefined
  const payload = bytes.subarray(0, 2 * idBytes)
  if (!timingSafeEqual(bytes.subarray(2 * idBytes), sign(masterKey, payload))) return undefined
  const [organizationId, connectionId] = [toText(payload.subarray(0, idBytes)), toText(payload.subarray(idBytes))]
  if (!isId(organizationId) || !isId(connectionId)) return undefined
  return { organizationId: asId(organizationId), connectionId: asId(connectionId) }
}

/**
 * What a sandbox connection's events are signed with, so that everything works before any provider knows of it. The
 * same for as long as the connection and the master key are; its form is that of Standard Webhooks, and Slack's scheme
 * takes it as well.
 */
export function sandboxSecret(masterKey: Uint8Array, { organizationId, connectionId }: InboundPlace): string {
  const key = createHmac('sha256', deriveKey(masterKey, 'inbound')).update(`sandbox/${organizationId}/${connectionId}`)
  return `whsec_${key.digest('base64')}`
}
