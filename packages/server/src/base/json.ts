import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }
export type JsonObject = { readonly [key: string]: Json | undefined }

/** The canonical text of a JSON value (RFC 8785): equal values give equal bytes, whatever the order of their keys. */
export function canonicalJson(value: unknown): string {
  return canonicalize(value) ?? 'null'
}

/** SHA-256 of the canonical text, in hex. Approvals are bound to it, and a step's input is compared by it. */
export function hashJson(value: unknown): string {
  return sha256(canonicalJson(value))
}

/** SHA-256 of a text or bytes, in hex. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
