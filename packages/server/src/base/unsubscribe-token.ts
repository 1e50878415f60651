import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { deriveKey } from './derive-key.ts'
import { asId, isId, type OrganizationId } from './ids.ts'

/** Who asks not to be written to by whom. */
export interface Unsubscription {
  readonly organizationId: OrganizationId
  /** An e-mail address, as it was written to. */
  readonly address: string
}

const Payload = z.tuple([z.string().refine(isId), z.string().min(1).max(320)])

const sign = (masterKey: Uint8Array, payload: string) =>
  createHmac('sha256', deriveKey(masterKey, 'unsubscribe')).update(payload).digest()

/**
 * The last part of a `List-Unsubscribe` link (RFC 8058): it names the address and cannot be made for another one.
 * It does not expire, because mail is kept for years.
 */
export function signUnsubscribeToken(masterKey: Uint8Array, { organizationId, address }: Unsubscription): string {
  const payload = Buffer.from(JSON.stringify([organizationId, address])).toString('base64url')
  return `${payload}.${sign(masterKey, payload).toString('base64url')}`
}

/** Whom a token is about; undefined where it was not made by `signUnsubscribeToken` with this key. */
export function readUnsubscribeToken(masterKey: Uint8Array, token: string): Unsubscription | undefined {
  const [payload = '', signature = '', ...rest] = token.split('.')
  const expected = sign(masterKey, payload)
  const given = Buffer.from(signature, 'base64url')
  if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const parsed = Payload.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
  if (!parsed.success) return undefined
  const [organizationId, address] = parsed.data
  return { organizationId: asId(organizationId), address }
}
