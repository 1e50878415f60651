import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { NeonHubError } from './errors.ts'
import { refusedRange } from './refused-range.ts'

/** What of its own network an installation lets people name (`NEONHUB_ALLOWED_PRIVATE_HOSTS`). */
export interface AllowedHosts {
  /** Whether a name, to which `address` belongs, may lead there. A literal is its own name. */
  readonly allows: (host: string, address: string) => boolean
  /** Whether the name itself stands in the list, whatever it leads to. */
  readonly names: (host: string) => boolean
}

const hostName = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/

/** Without the brackets and the last dot that say nothing. */
const plain = (host: string) =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')

function parseNetwork(entry: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry)
  if (isIP(entry) === 0) return undefined
  const address = ipaddr.parse(entry)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

/**
 * Reads a list such as `mail.intranet, *.corp.example, 10.20.0.0/16`: names, whose private addresses are then allowed, and
 * addresses or networks, which are allowed under any name. A name never leads to link-local addresses, where clouds keep
 * the secrets of their machines. Throws `base.allowed_hosts`.
 */
export function parseAllowedHosts(list: string): AllowedHosts {
  const entries = list
    .split(',')
    .map((entry) => plain(entry.trim()))
    .filter((entry) => entry !== '')
  const networks = entries.flatMap((entry) => {
    const network = parseNetwork(entry)
    return network ? [network] : []
  })
  const names = entries.filter((entry) => parseNetwork(entry) === undefined)
  for (const name of names) {
    // A number alone is an address in one of the notations that hide it.
    if (hostName.test(name) && !/^[\d.]+$|^0x/.test(name)) continue
    throw new NeonHubError('base.allowed_hosts', `"${name}" in NEONHUB_ALLOWED_PRIVATE_HOSTS is no host or network`, {
      kind: 'invalid',
      hint: 'Give names, addresses and networks with commas between them: mail.intranet, *.corp.example, 10.20.0.0/16',
    })
  }
  const namesHost = (host: string) => {
    const asked = plain(host)
    return names.some((name) => (name.startsWith('*.') ? asked.endsWith(name.slice(1)) : asked === name))
  }
  return {
    names: namesHost,
    allows: (host, address) => {
      if (!ipaddr.isValid(address)) return false
      const parsed = ipaddr.parse(address)
      if (networks.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits)))
        return true
      return namesHost(host) && refusedRange(address) !== 'linkLocal'
    },
  }
}

/** Nothing of the own network. */
export const noAllowedHosts: AllowedHosts = { allows: () => false, names: () => false }
