import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, Dispatcher1Wrapper } from 'undici'
import type { AllowedHosts } from './allowed-hosts.ts'
import { messageOf, NeonHubError } from './errors.ts'
import { createGuardedConnector } from './guarded-connector.ts'
import { refusedRange } from './refused-range.ts'

/** Every address of a name, as the system would connect to it. */
export type ResolveName = (name: string) => Promise<readonly string[]>

/** Stands between NeonHub and every address that a person or a document names. */
export interface AddressGuard {
  /**
   * A `fetch` that connects to public addresses alone, and to what the installation allows. What it checks is the address
   * of the connection, at every hop of a redirect. Throws `base.address_refused`, and what `fetch` throws.
   */
  readonly fetch: typeof fetch
  /**
   * The checked addresses of a host, for protocols other than HTTP: connect to one of these, never to the name, which may
   * lead elsewhere a moment later. Throws `base.address_refused` and `base.host_unknown`.
   */
  readonly resolveHost: ResolveHost
  /**
   * Refuses at once what would be refused later, as far as the URL alone tells: protocol, user names, addresses in every
   * notation. `http:` is for hosts that the installation allows. Throws `base.address_refused`.
   */
  readonly checkUrl: (url: string) => void
  readonly close: () => Promise<void>
}

export type ResolveHost = (host: string) => Promise<readonly [string, ...string[]]>

export interface AddressGuardOptions {
  readonly allowed: AllowedHosts
  /** Default: the system's resolver. */
  readonly resolve?: ResolveName
}

const resolveTimeoutMs = 10_000

const resolveBySystem: ResolveName = async (name) =>
  (await lookup(name, { all: true, order: 'verbatim' })).map(({ address }) => address)

/** Makes a guard, with connections of its own that nobody else's checks have opened. */
export function createAddressGuard({ allowed, resolve = resolveBySystem }: AddressGuardOptions): AddressGuard {
  const resolveHost: ResolveHost = async (host) => {
    const name = host.replace(/^\[|\]$/g, '')
    const addresses = isIP(name) === 0 ? await resolveInTime(resolve, name) : [name]
    for (const address of addresses) {
      const range = refusedRange(address)
      // One refused address refuses the name: whoever mixes them wants the second try to go inside.
      if (range !== undefined && !allowed.allows(name, address)) throw addressRefused(name, address, range)
    }
    const [first, ...others] = addresses
    if (first === undefined) throw hostUnknown(name)
    return [first, ...others]
  }

  const agent = new Agent({ connect: createGuardedConnector(resolveHost) })
  // Node's own fetch is of an older undici than the agent; this lets the two speak to each other.
  const dispatcher = new Dispatcher1Wrapper(agent)

  const guardedFetch: typeof fetch = async (input, init) => {
    checkParts(new URL(input instanceof Request ? input.url : input))
    try {
      // The types of Node's fetch name the dispatcher of its own undici, which the wrapper is made to stand for.
      return await fetch(input, { ...init, dispatcher } as unknown as RequestInit)
    } catch (error) {
      throw refusalIn(error) ?? error
    }
  }

  return {
    fetch: guardedFetch,
    resolveHost,
    checkUrl: (text) => {
      const url = new URL(text)
      checkParts(url)
      const host = url.hostname.replace(/^\[|\]$/g, '')
      const range = isIP(host) === 0 ? nameRange(host) : refusedRange(host)
      if (range !== undefined && !allowed.allows(host, host) && !allowed.names(host))
        throw addressRefused(host, host, range)
      if (url.protocol === 'https:' || allowed.names(host) || allowed.allows(host, host)) return
      throw refused(
        `${url.host} is named with http://`,
        'Use https://; http:// is for hosts that this installation allows.',
      )
    },
    close: () => agent.close(),
  }
}

/** `localhost` and what lies below it is this machine in every resolver (RFC 6761, section 6.3). */
const nameRange = (host: string) => (/(^|\.)localhost\.?$/i.test(host) ? 'loopback' : undefined)

async function resolveInTime(resolve: ResolveName, name: string): Promise<readonly string[]> {
  const over = new AbortController()
  try {
    return await Promise.race([
      resolve(name),
      sleep(resolveTimeoutMs, undefined, { signal: over.signal }).then(() => {
        throw hostUnknown(name, new Error('the resolver did not answer'))
      }),
    ])
  } catch (error) {
    throw error instanceof NeonHubError ? error : hostUnknown(name, error)
  } finally {
    over.abort()
  }
}

function checkParts(url: URL): void {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refused(`${url.protocol} is not what NeonHub opens`, 'Give an address that begins with https://.')
  }
  if (url.username === '' && url.password === '') return
  throw refused(`The address of ${url.host} holds a user name or a password`, 'Leave them out of the address.')
}

/** What the connector threw stands below the "fetch failed" of fetch. */
function refusalIn(error: unknown): NeonHubError | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof NeonHubError) return current
  }
  return undefined
}

const refused = (message: string, hint: string) =>
  new NeonHubError('base.address_refused', message, { kind: 'forbidden', hint })

function addressRefused(host: string, address: string, range: string): NeonHubError {
  const what = host === address ? address : `${host} (${address})`
  return refused(
    `${what} is no public address (${range}), so nothing is sent there`,
    `Where it is a service of your own, the operator allows it: NEONHUB_ALLOWED_PRIVATE_HOSTS=${host}`,
  )
}

const hostUnknown = (host: string, cause?: unknown) =>
  new NeonHubError(
    'base.host_unknown',
    `${host} has no address${cause === undefined ? '' : ` (${messageOf(cause)})`}`,
    { kind: 'unavailable', retryable: true, hint: 'Check how the host is spelled.', cause },
  )
