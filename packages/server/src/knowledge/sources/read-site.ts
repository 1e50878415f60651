import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { messageOf, NeonHubError } from '../../base/errors.ts'
import { sha256 } from '../../base/json.ts'
import { decodeText } from './decode-text.ts'
import { fetchPage, type FetchPage, type FetchPageOptions, isSameSite } from './fetch-page.ts'
import { mapInOrder } from './map-in-order.ts'
import { type ListedPage, parseListing } from './parse-listing.ts'
import { type MediaType, maxDocumentBytes, skip, type SourceItem } from './source-item.ts'

/** sitemaps.org allows 50 MB for 50,000 pages; a site of that size is more than one import should take. */
const maxListingBytes = 16 * 1024 * 1024
const maxSitemaps = 100

const mediaTypes: Readonly<Record<string, MediaType>> = {
  'text/html': 'text/html',
  'application/xhtml+xml': 'text/html',
  'text/markdown': 'text/markdown',
  'text/plain': 'text/plain',
}

export interface ReadSiteOptions {
  /** The `fetch` that refuses addresses which must not be reached; redirects are never left to it. */
  readonly fetch: FetchPage
  /** Deadline of each request, in milliseconds. */
  readonly timeoutMs?: number
  readonly maxPages?: number
  readonly concurrency?: number
  /** Told how many items will come, once the listing has been read. */
  readonly onListed?: (count: number) => void
  readonly signal?: AbortSignal
}

/**
 * Reads every page that a sitemap (also an index, also gzipped), an RSS or an Atom feed names, in its order. Pages of
 * other sites, pages that are no text and pages that fail are yielded as skipped, with the reason.
 * Throws `knowledge.site_url`, `knowledge.site_unreachable`, `knowledge.listing_malformed`, `knowledge.listing_unknown`
 * and `knowledge.site_empty` for what is wrong with the listing itself.
 */
export async function* readSite(url: string, options: ReadSiteOptions): AsyncGenerator<SourceItem> {
  const { maxPages = 500, concurrency = 4, timeoutMs = 15_000, fetch } = options
  const base = parseSiteUrl(url)
  // A reader that stops early must not leave requests behind.
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  const request = { fetch, timeoutMs, signal }
  try {
    const { pages, skipped } = await listPages(base.href, { request, maxPages })
    options.onListed?.(pages.length + skipped.length)
    yield* skipped
    const own = pages.filter((page) => isSameSite(base, new URL(page.url)))
    const readable = new Set(own.slice(0, maxPages).map((page) => page.url))
    const read = (page: ListedPage) =>
      readable.has(page.url) ? readPage(page, request) : Promise.resolve(leaveOut(page, { base, maxPages }))
    for await (const item of mapInOrder(pages, read, { concurrency })) {
      options.signal?.throwIfAborted()
      yield item
    }
  } finally {
    stop.abort()
  }
}

type RequestOptions = Pick<FetchPageOptions, 'fetch' | 'timeoutMs' | 'signal'>

function parseSiteUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed && (parsed.protocol === 'https:' || parsed.protocol === 'http:')) return parsed
  throw new NeonHubError('knowledge.site_url', `“${url}” is no web address`, {
    kind: 'invalid',
    hint: 'Give the whole URL of a sitemap or feed, such as https://example.com/sitemap.xml.',
  })
}

/** The pages of a listing and of those it names, and what of these could not be read. */
async function listPages(
  url: string,
  { request, maxPages }: { readonly request: RequestOptions; readonly maxPages: number },
) {
  const pages = new Map<string, ListedPage>()
  const skipped: SourceItem[] = []
  const first = await readListing(url, request)
  let sitemaps = first.kind === 'sitemap-index' ? first.entries : []
  if (first.kind !== 'sitemap-index') for (const page of first.entries) pages.set(page.url, page)
  const seen = new Set([url])
  for (let sitemap = sitemaps[0]; sitemap; sitemap = sitemaps[0]) {
    sitemaps = sitemaps.slice(1)
    const { url: path } = sitemap
    if (seen.has(path)) continue
    if (seen.size > maxSitemaps || pages.size >= maxPages) {
      const message = `The sitemap was not read: there are already ${pages.size} pages in ${seen.size} sitemaps.`
      skipped.push(skip(path, { reason: 'over_limit', message, keeps: 'everything' }))
      seen.add(path)
      continue
    }
    seen.add(path)
    if (!isSameSite(new URL(url), new URL(path))) {
      skipped.push(skip(path, { reason: 'other_host', message: 'The sitemap is on another site.', keeps: 'nothing' }))
      continue
    }
    const listing = await readListing(path, request).catch(unreadListing)
    if ('message' in listing) {
      skipped.push(skip(path, { reason: 'unreadable', message: listing.message, keeps: 'everything' }))
    } else if (listing.kind === 'sitemap-index') sitemaps = [...sitemaps, ...listing.entries]
    else for (const page of listing.entries) if (!pages.has(page.url)) pages.set(page.url, page)
  }
  if (pages.size === 0 && skipped.length === 0) {
    throw new NeonHubError('knowledge.site_empty', `${url} names no pages`, {
      kind: 'invalid',
      hint: 'Open it in a browser: a sitemap has <loc> elements, a feed has items with links.',
    })
  }
  return { pages: [...pages.values()], skipped }
}

/** One sitemap of many that is broken does not end the import; an abort or a fault of ours does. */
function unreadListing(error: unknown): { readonly message: string } {
  if (error instanceof NeonHubError) return { message: error.message }
  throw error
}

async function readListing(url: string, request: RequestOptions) {
  const accept = 'application/xml, application/rss+xml, application/atom+xml, text/xml;q=0.9, */*;q=0.5'
  const page = await fetchPage(url, { ...request, accept, maxBytes: maxListingBytes })
  if (!page.ok) {
    throw new NeonHubError('knowledge.site_unreachable', `${url} could not be read. ${page.message}`, {
      kind: 'unavailable',
      retryable: page.reason === 'unreachable' || page.reason === 'status',
      hint: 'Check the address, and whether this machine may reach it.',
    })
  }
  const decoded = decodeText(await unzip(url, page.bytes))
  if (!decoded.ok) {
    throw new NeonHubError('knowledge.listing_malformed', `${url} is not well-formed XML. ${decoded.message}`, {
      kind: 'invalid',
    })
  }
  return parseListing(decoded.text, page.url)
}

async function unzip(url: string, bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: maxListingBytes })
  } catch (error) {
    throw new NeonHubError('knowledge.listing_malformed', `${url} cannot be unzipped: ${messageOf(error)}`, {
      kind: 'invalid',
      hint: `It must be whole, and at most ${maxListingBytes / 1024 / 1024} MiB when unzipped.`,
      cause: error,
    })
  }
}

function leaveOut({ url }: ListedPage, { base, maxPages }: { readonly base: URL; readonly maxPages: number }) {
  if (!isSameSite(base, new URL(url))) {
    return skip(url, { reason: 'other_host', message: `It is not on ${base.host}.`, keeps: 'nothing' })
  }
  const message = `It is beyond the first ${maxPages} pages.`
  return skip(url, { reason: 'over_limit', message, keeps: 'path' })
}

async function readPage({ url, modifiedAt }: ListedPage, request: RequestOptions): Promise<SourceItem> {
  try {
    return await readPageOrThrow({ url, modifiedAt }, request)
  } catch (error) {
    // Only an abort comes here, and the reader of the pages throws it where it stands.
    return skip(url, { reason: 'unreachable', message: messageOf(error), keeps: 'path' })
  }
}

async function readPageOrThrow({ url, modifiedAt }: ListedPage, request: RequestOptions): Promise<SourceItem> {
  const accept = 'text/html, application/xhtml+xml, text/markdown;q=0.9, text/plain;q=0.8'
  const page = await fetchPage(url, { ...request, accept, maxBytes: maxDocumentBytes })
  if (!page.ok) return skip(url, { ...page, keeps: page.reason === 'gone' ? 'nothing' : 'path' })
  const type = page.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? 'text/html'
  const mediaType = mediaTypes[type]
  if (!mediaType) {
    return skip(url, { reason: 'media_type', message: `It is ${type}, not a page of text.`, keeps: 'nothing' })
  }
  const decoded = decodeText(page.bytes, charsetOf(page.headers))
  if (!decoded.ok) return skip(url, { ...decoded, keeps: decoded.reason === 'empty' ? 'nothing' : 'path' })
  const { text } = decoded
  const etag = page.headers.get('etag')
  const changed = modifiedAt ?? lastModified(page.headers)
  const document = { kind: 'document', origin: 'web', path: url, mediaType, text } as const
  return { ...document, sha256: sha256(text), modifiedAt: changed, ...(etag === null ? {} : { etag }) }
}

function charsetOf(headers: Headers): string | undefined {
  return /charset\s*=\s*"?([\w-]+)/i.exec(headers.get('content-type') ?? '')?.[1]
}

function lastModified(headers: Headers): Date | undefined {
  const date = new Date(headers.get('last-modified') ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}
