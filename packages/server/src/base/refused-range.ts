import { isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Public by their range, and yet an inside of a cloud: Azure's WireServer answers with the secrets of its machine. */
const metadataAddresses = new Set(['168.63.129.16'])

/** All of IPv6 that is given out to the public (IANA, "IPv6 Global Unicast Address Space"). */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/** Sixteen zero bits or the universal bit, and 5efe: an interface of ISATAP, whose last bits are an IPv4 address (RFC 5214). */
const isIsatap = ({ parts }: ipaddr.IPv6) => ((parts[4] ?? 0) & 0xfcff) === 0 && parts[5] === 0x5efe

/**
 * Why nothing that a person or a document named may be sent to this address; undefined where it may. `address` is one
 * that the system would connect to, not a name. Everything but public unicast is refused, and so is every form of IPv6
 * that carries an IPv4 address in it (mapped, compatible, NAT64, 6to4, Teredo, ISATAP): whoever reads such a form sees
 * another address than the wire does.
 */
export function refusedRange(address: string): string | undefined {
  if (!ipaddr.isValid(address) || (!isIPv4(address) && !address.includes(':'))) return 'no address'
  const parsed = ipaddr.parse(address)
  const range = parsed.range()
  if (range !== 'unicast') return range
  if (metadataAddresses.has(address)) return 'metadata'
  if (!(parsed instanceof ipaddr.IPv6)) return undefined
  if (parsed.zoneId !== undefined) return 'zone'
  if (!parsed.match(globalUnicast)) return 'reserved'
  return isIsatap(parsed) ? 'isatap' : undefined
}
