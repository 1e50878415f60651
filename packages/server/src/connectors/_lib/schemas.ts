import { z } from 'zod'

/** Text that stands in a header: no control character, so that no second header can be written into it. */
export const headerText = z
  .string()
  .max(998, 'must have at most 998 characters (RFC 5322, section 2.1.1)')
  .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'must be one line without control characters')

/** The name of a header (a token of RFC 9110). */
export const headerName = z
  .string()
  .max(128)
  .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'must be a header name')

/** One bare address, without a display name: what stands here is what is addressed. */
export const emailAddress = z.email().max(254)

/** What a sender signs with. There are several while it is being changed. */
export const signingSecrets = z.array(z.string().min(16).max(256)).min(1).max(5)

const isLoopback = (hostname: string) =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)

/** Says whether a host is this machine, as `URL` spells it. */
export function isLoopbackHost(host: string): boolean {
  return URL.canParse(`http://${host}`) && isLoopback(new URL(`http://${host}`).hostname)
}

/** Where calls are sent: https, or http on this machine; never with a password in it. */
export const endpointUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL', abort: true })
  .max(2048)
  .refine((text) => {
    const url = new URL(text)
    return url.protocol === 'https:' || isLoopback(url.hostname)
  }, 'must begin with https:// (http:// is for this machine alone)')
  .refine((text) => {
    const url = new URL(text)
    return url.username === '' && url.password === ''
  }, 'must not hold a user name or a password')
