import { createAddressGuard } from '../src/base/address-guard.ts'
import { parseAllowedHosts } from '../src/base/allowed-hosts.ts'

/** What a test hands to connectors that speak to servers of its own on this machine. */
export const openNetwork = {
  fetch,
  resolveHost: createAddressGuard({ allowed: parseAllowedHosts('localhost, 127.0.0.0/8, ::1') }).resolveHost,
}
