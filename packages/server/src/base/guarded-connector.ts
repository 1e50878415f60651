import { isIP, type LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import type { ResolveHost } from './address-guard.ts'

const connectTimeoutMs = 10_000

/** Answers Node's question for an address with what was checked a moment before, so that no second answer comes in. */
function lookupOf(addresses: readonly [string, ...string[]]): LookupFunction {
  const [first] = addresses
  return (_name, options, done) => {
    if (options.all)
      done(
        null,
        addresses.map((address) => ({ address, family: isIP(address) })),
      )
    else done(null, first, isIP(first))
  }
}

/**
 * How undici opens a connection: the host's addresses are checked, and the socket goes to those very ones. It stands here
 * and not in a `lookup` alone, because Node asks no `lookup` for an address that is written as one.
 */
export function createGuardedConnector(resolveHost: ResolveHost): buildConnector.connector {
  return (options, done) => {
    const open = (addresses: readonly [string, ...string[]]) =>
      buildConnector({ lookup: lookupOf(addresses), timeout: connectTimeoutMs, allowH2: false })(options, done)
    resolveHost(options.hostname).then(open, (error: unknown) =>
      done(error instanceof Error ? error : new Error('The address could not be checked', { cause: error }), null),
    )
  }
}
