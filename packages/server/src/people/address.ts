import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { NeonHubError } from '../base/errors.ts'
import type { ContactChannel } from './spec.ts'

const Email = z.email().max(254)
/** E.164: a plus, a country code and a number, at most 15 digits. */
const phone = /^\+[1-9]\d{6,14}$/

export type ParsedAddress =
  | { readonly ok: true; readonly address: string }
  | { readonly ok: false; readonly reason: string }

/**
 * An address as it is kept and sent to. The domain of a mail address may be written in any script (IDNA); what stands
 * before it may not, because look-alikes of Latin letters would make a second address of a person who said no.
 */
export function parseAddress(channel: ContactChannel, text: string): ParsedAddress {
  const trimmed = text.trim()
  return channel === 'email' ? parseEmail(trimmed) : parsePhone(trimmed)
}

function parseEmail(text: string): ParsedAddress {
  const at = text.lastIndexOf('@')
  const address = at < 1 ? text : `${text.slice(0, at)}@${domainToASCII(text.slice(at + 1))}`
  return Email.safeParse(address).success
    ? { ok: true, address: address.toLowerCase() }
    : { ok: false, reason: `"${shorten(text)}" is not an e-mail address` }
}

function parsePhone(text: string): ParsedAddress {
  const digits = text.replaceAll(/[\s()./-]/g, '').replace(/^00/, '+')
  return phone.test(digits)
    ? { ok: true, address: digits }
    : { ok: false, reason: `"${shorten(text)}" is not a phone number with its country code, such as +44 20 7946 0018` }
}

const shorten = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}…` : text)

/** Likewise, and throws `people.address_invalid` for what is none. */
export function getAddress(channel: ContactChannel, text: string): string {
  const parsed = parseAddress(channel, text)
  if (parsed.ok) return parsed.address
  throw new NeonHubError('people.address_invalid', parsed.reason, { kind: 'invalid' })
}
