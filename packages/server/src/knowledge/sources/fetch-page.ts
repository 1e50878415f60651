import { messageOf, NeonHubError } from '../../base/errors.ts'
import type { SkipReason } from './source-item.ts'

/** The part of `fetch` that is used, so that a guarded one can be handed in. */
export type FetchPage = (url: string, init: RequestInit) => Promise<Response>

export interface FetchPageOptions {
  readonly fetch: FetchPage
  /** Deadline of one request with its redirects and its body, in milliseconds. */
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly accept: string
  readonly signal: AbortSignal | undefined
}

export type FetchedPage =
  | { readonly ok: true; readonly url: string; readonly bytes: Uint8Array; readonly headers: Headers }
  | { readonly ok: false; readonly reason: SkipReason; readonly message: string }

const maxRedirects = 5

/**
 * Fetches one page. Redirects are followed on the same site only: one that leads elsewhere would have NeonHub read
 * what nobody chose. Everything that can be wrong with one page is a result; only an aborted `signal` throws.
 */
export async function fetchPage(url: string, options: FetchPageOptions): Promise<FetchedPage> {
  const deadline = AbortSignal.timeout(options.timeoutMs)
  const signal = options.signal ? AbortSignal.any([deadline, options.signal]) : deadline
  try {
    return await follow(url, { ...options, signal })
  } catch (error) {
    options.signal?.throwIfAborted()
    const message = deadline.aborted
      ? `It did not answer within ${options.timeoutMs / 1000} s.`
      : `It could not be fetched: ${reasonOf(error)}`
    return { ok: false, reason: 'unreachable', message }
  }
}

async function follow(
  start: string,
  options: FetchPageOptions & { readonly signal: AbortSignal },
): Promise<FetchedPage> {
  let url = start
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const headers = { accept: options.accept }
    const response = await options.fetch(url, { headers, redirect: 'manual', signal: options.signal })
    const location = response.headers.get('location')
    if (response.status < 300 || response.status >= 400 || location === null)
      return await readAnswer(url, response, options)
    await response.body?.cancel()
    if (!URL.canParse(location, url))
      return { ok: false, reason: 'redirect', message: `It redirects to “${location}”, which is no URL.` }
    const target = new URL(location, url)
    if (!isSameSite(new URL(url), target)) {
      return { ok: false, reason: 'redirect', message: `It redirects to another site, ${target.host}.` }
    }
    url = target.href
  }
  return { ok: false, reason: 'redirect', message: `It redirects more than ${maxRedirects} times.` }
}

async function readAnswer(url: string, response: Response, { maxBytes }: FetchPageOptions): Promise<FetchedPage> {
  const { status, headers } = response
  if (status !== 200) {
    await response.body?.cancel()
    const reason = status === 404 || status === 410 ? 'gone' : 'status'
    return { ok: false, reason, message: `The server answered ${status}.` }
  }
  const bytes = await readBounded(response, maxBytes)
  if (bytes) return { ok: true, url, bytes, headers }
  return { ok: false, reason: 'too_large', message: `It has more than ${maxBytes / 1024 / 1024} MiB.` }
}

/** The body, or undefined where it is larger; reading stops at the limit, whatever length the server told. */
async function readBounded(response: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  if (!response.body) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.byteLength
    // Leaving the loop cancels the stream.
    if (size > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * Same host (with or without `www.`), over HTTP or HTTPS, never from HTTPS down to HTTP, and the same port or the
 * scheme's own: another port of a host is another service.
 */
export function isSameSite(from: URL, to: URL): boolean {
  if (to.protocol !== 'https:' && to.protocol !== 'http:') return false
  if (from.protocol === 'https:' && to.protocol === 'http:') return false
  const host = (url: URL) => url.hostname.replace(/^www\./, '')
  return host(from) === host(to) && (to.port === from.port || to.port === '')
}

/** `fetch` says “fetch failed” and keeps the reason in its cause. A guard's refusal is told as it is. */
function reasonOf(error: unknown): string {
  if (error instanceof NeonHubError || !(error instanceof Error) || error.cause === undefined) return messageOf(error)
  return messageOf(error.cause)
}
