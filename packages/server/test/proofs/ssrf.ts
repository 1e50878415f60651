import { createServer } from 'node:http'
import { once } from 'node:events'
import { createAddressGuard } from '../../src/base/address-guard.ts'
import { parseAllowedHosts } from '../../src/base/allowed-hosts.ts'
import { messageOf, NeonHubError } from '../../src/base/errors.ts'
import type { ProofAnswer, ProofOptions } from './proof.ts'
import { createRandom } from './random.ts'
import { forbiddenHosts } from './ssrf/literals.ts'
import { type Canary, startCanary } from './ssrf/start-canary.ts'
import { startNameServer } from './ssrf/start-name-server.ts'
import { type Reach, surfaces } from './ssrf/surfaces.ts'

/** What the proof of the address guard found; `canaryHits`, `answered` and `unrefused` must be 0, `controlHits` one a surface. */
export interface SsrfAnswer extends ProofAnswer {
  readonly literals: number
  readonly redirects: number
  readonly rebindings: number
  readonly surfaces: number
  readonly canaryHits: number
  /** Addresses that gave an answer, whoever gave it. */
  readonly answered: number
  /** Attempts that ended in another way than by a refusal before the connection. */
  readonly unrefused: number
  /** The canary heard of those who are allowed to reach it; a canary that is deaf proves nothing. */
  readonly controlHits: number
}

/** Where the redirector listens: an address of this machine that the installation of the proof allows. */
const redirectorHost = '127.0.0.2'
/** For documents (RFC 5737): it stands for a public address, and nothing answers there. */
const publicStand = '192.0.2.10'
const statuses = [301, 302, 303, 307, 308]
const patienceMs = 3_000

/** No address that a person or a document names leads inside: see docs/proofs.md. `--sabotage` takes the guard away. */
export async function proveSsrf(options: ProofOptions): Promise<SsrfAnswer> {
  const canary = await startCanary()
  const names = await startNameServer(answersOf)
  const redirector = await startRedirector()
  const allowed = parseAllowedHosts(`${redirectorHost},${publicStand}`)
  const guard = createAddressGuard({ allowed })
  const named = createAddressGuard({ allowed, resolve: names.resolve })
  const isSabotaged = options.flags.includes('--sabotage')
  const reach: Reach = isSabotaged ? { fetch, resolveHost: async (host) => [host] } : guard
  const tally = { answered: 0, unrefused: 0 }
  // Without the guard, attempts wait for addresses at which nobody answers.
  const attempt = tryIt({ ...options, patienceMs: isSabotaged ? 150 : patienceMs }, tally)
  try {
    const hosts = options.isShort ? sample(options.seed, forbiddenHosts, isSabotaged ? 6 : 60) : forbiddenHosts
    for (const [surface, ask] of Object.entries(surfaces)) {
      for (const host of hosts) {
        for (const scheme of ['http', 'https'])
          await attempt(`${surface} ${scheme}://${host}`, (signal) =>
            ask(reach, `${scheme}://${host}:${canary.port}/`, signal),
          )
      }
    }
    const targets = sample(options.seed, forbiddenHosts, options.isShort ? 5 : forbiddenHosts.length)
    for (const host of targets) {
      for (const status of statuses) {
        const target = `http://${host}:${canary.port}/`
        for (const url of [redirector.to(target, status), redirector.to(redirector.to(target, status), status)])
          await attempt(`redirect ${status} to ${host}`, (signal) => surfaceFetch(reach, url, signal))
      }
    }
    const rebindings = options.isShort ? 10 : 100
    for (let index = 0; index < rebindings; index += 1) await attemptRebinding({ index, named, canary, attempt })
    await new Promise((resolve) => setTimeout(resolve, 100))
    const canaryHits = canary.hits()
    const controlHits = await control(canary)
    const expected = Object.keys(surfaces).length
    options.say(`the canary heard ${canaryHits} times; of those who may, ${controlHits} times`)
    return {
      proof: 'ssrf',
      seed: options.seed,
      ok: canaryHits + tally.answered + tally.unrefused === 0 && controlHits >= expected,
      surfaces: expected,
      literals: hosts.length,
      redirects: targets.length * statuses.length * 2,
      rebindings: rebindings * 2,
      canaryHits,
      ...tally,
      controlHits,
    }
  } finally {
    await Promise.all([guard.close(), named.close(), names.stop(), redirector.stop(), canary.stop()])
  }
}

type Attempt = (what: string, work: (signal: AbortSignal) => Promise<void>) => Promise<void>

/** Tries what must come to nothing. An answer is a finding, and so is a failure that is no refusal: something had left. */
function tryIt(
  { say, patienceMs }: ProofOptions & { readonly patienceMs: number },
  tally: { answered: number; unrefused: number },
): Attempt {
  return async (what, work) => {
    const error: unknown = await work(AbortSignal.timeout(patienceMs)).then(
      () => undefined,
      (failure: unknown) => failure,
    )
    if (error === undefined) tally.answered += 1
    else if (!isRefusal(error)) tally.unrefused += 1
    else return
    say(`found: ${what} ${error === undefined ? 'was answered' : `failed later: ${messageOf(error)}`}`)
  }
}

/** Said before anything left: by the guard, by a connector's settings, or by whoever reads URLs or names. */
function isRefusal(error: unknown): boolean {
  if (error instanceof NeonHubError)
    return ['base.address_refused', 'base.host_unknown', 'connectors.settings_invalid'].includes(error.code)
  return /is no public address|has no address|Invalid URL|Failed to parse URL/.test(messageOf(error))
}

const surfaceFetch = async (reach: Reach, url: string, signal: AbortSignal) => {
  await (await reach.fetch(url, { signal })).text()
}

/** `flipN` is public when it is asked first and loopback from then on; `bothN` is both at once. */
function answersOf(name: string) {
  if (name.startsWith('flip')) return [[publicStand], ['127.0.0.1']]
  return [[publicStand, '127.0.0.1']]
}

/** A name that changes between check and connection, and between two requests. */
async function attemptRebinding({
  index,
  named,
  canary,
  attempt,
}: {
  readonly index: number
  readonly named: Reach
  readonly canary: Canary
  readonly attempt: Attempt
}): Promise<void> {
  for (const name of [`flip${index}.rebind.test`, `both${index}.rebind.test`]) {
    const url = `http://${name}:${canary.port}/`
    // The first answer of `flip` is one that may be connected to: what must not happen is that another is.
    await surfaceFetch(named, url, AbortSignal.timeout(50)).then(
      () => attempt(`${name} at once`, async () => {}),
      (error: unknown) => messageOf(error),
    )
    await attempt(`${name} once more`, (signal) => surfaceFetch(named, url, signal))
    const [address] = await named.resolveHost(name).catch((error: unknown) => {
      if (error instanceof NeonHubError) return [undefined]
      throw error
    })
    if (address !== undefined) throw new Error(`${name} was resolved to ${address}`)
  }
}

/** The same surfaces where the installation allows loopback: the canary must hear every one of them. */
async function control(canary: Canary): Promise<number> {
  const guard = createAddressGuard({ allowed: parseAllowedHosts('localhost, 127.0.0.0/8, ::1') })
  const before = canary.hits()
  for (const [name, ask] of Object.entries(surfaces)) {
    // Its answer is no HTTP of that provider and no SMTP; that it was asked is what counts.
    const url = `http://${name === 'mail server' ? '127.0.0.1' : 'localhost'}:${canary.port}/`
    await ask(guard, url, AbortSignal.timeout(patienceMs)).catch((error: unknown) => messageOf(error))
  }
  await guard.close()
  await new Promise((resolve) => setTimeout(resolve, 100))
  return canary.hits() - before
}

async function startRedirector() {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://${redirectorHost}`)
    // As servers send what is no ASCII: the bytes of UTF-8.
    const location = Buffer.from(url.searchParams.get('to') ?? '').toString('latin1')
    response.writeHead(Number(url.searchParams.get('status')), { location }).end()
  })
  server.listen(0, redirectorHost)
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    to: (target: string, status: number) =>
      `http://${redirectorHost}:${port}/?status=${status}&to=${encodeURIComponent(target)}`,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A part of a list, which the seed chooses. */
function sample<Item>(seed: number, items: readonly Item[], count: number): readonly Item[] {
  const random = createRandom(seed)
  return items
    .map((item) => ({ item, order: random.next() }))
    .toSorted((a, b) => a.order - b.order)
    .slice(0, count)
    .map(({ item }) => item)
}
