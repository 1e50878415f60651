import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { z } from 'zod'
import { messageOf, NeonHubError } from '../../base/errors.ts'

/** A page that a sitemap or feed names. */
export interface ListedPage {
  readonly url: string
  /** `lastmod`, `updated` or `pubDate`, where it is a date. */
  readonly modifiedAt: Date | undefined
}

/** What a listing holds: pages, or (a sitemap index) further sitemaps. */
export interface Listing {
  readonly kind: 'sitemap' | 'sitemap-index' | 'rss' | 'atom'
  readonly entries: readonly ListedPage[]
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseTagValue: false,
  // Listings that declare entities are refused before, so only references of one character are left to count, and a
  // large sitemap has one `&amp;` or more for each page.
  // Without `htmlEntities` it leaves numeric references (WordPress writes `&#038;`) as they are.
  htmlEntities: true,
  processEntities: { enabled: true, maxTotalExpansions: Infinity, maxExpandedLength: Infinity },
  isArray: (name) => ['url', 'sitemap', 'item', 'entry', 'link'].includes(name),
})

const many = <Schema extends z.ZodType>(schema: Schema) => z.array(schema).optional()
const text = z.union([z.string(), z.object({ '#text': z.string() }).transform((node) => node['#text'])]).optional()
const blankOr = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.string()])

const Located = blankOr(z.object({ loc: text, lastmod: text }))
const RssItem = blankOr(
  z.object({ link: many(blankOr(z.unknown())), guid: z.unknown().optional(), pubDate: text, date: text }),
)
const AtomLink = z.object({ '@href': z.string(), '@rel': z.string().optional() })
const AtomEntry = blankOr(z.object({ link: many(z.unknown()), updated: text, published: text }))
const Root = z.object({
  urlset: blankOr(z.object({ url: many(Located) })).optional(),
  sitemapindex: blankOr(z.object({ sitemap: many(Located) })).optional(),
  rss: z.object({ channel: blankOr(z.object({ item: many(RssItem) })) }).optional(),
  /** RSS 1.0 keeps its items beside the channel. */
  RDF: z.object({ item: many(RssItem) }).optional(),
  feed: blankOr(z.object({ entry: many(AtomEntry) })).optional(),
})

/**
 * Reads a sitemap or sitemap index (sitemaps.org 0.9), an RSS (0.9 to 2.0) or an Atom feed (RFC 4287). Relative URLs
 * are taken from `url`; entries without a web address are left out.
 * Throws `knowledge.listing_malformed` with line and column, or `knowledge.listing_unknown` for XML of another kind.
 */
export function parseListing(xml: string, url: string): Listing {
  const root = Root.safeParse(parseXml(xml, url))
  if (!root.success) throw unknownListing(url, 'its elements are not those of a sitemap or feed')
  const { urlset, sitemapindex, rss, RDF, feed } = root.data
  if (urlset !== undefined) return listingOf('sitemap', partsOf(urlset, 'url').map(located), url)
  if (sitemapindex !== undefined) return listingOf('sitemap-index', partsOf(sitemapindex, 'sitemap').map(located), url)
  if (rss) return listingOf('rss', partsOf(rss.channel, 'item').map(rssItem), url)
  if (RDF) return listingOf('rss', partsOf(RDF, 'item').map(rssItem), url)
  if (feed !== undefined) return listingOf('atom', partsOf(feed, 'entry').map(atomEntry), url)
  throw unknownListing(url, 'it is XML of another kind')
}

function parseXml(xml: string, url: string): unknown {
  if (/^\s*(?:<!doctype html|<html)/i.test(xml)) throw unknownListing(url, 'it is a web page')
  // Declared entities are how XML grows without bound ("billion laughs"), and no listing needs one.
  if (/<!ENTITY/i.test(xml)) throw malformed(url, 'it declares entities, which is not allowed')
  const verdict = XMLValidator.validate(xml)
  if (verdict !== true) {
    const { line, col, msg } = verdict.err
    throw malformed(url, `line ${line}, column ${col}: ${msg}`)
  }
  try {
    return parser.parse(xml)
  } catch (error) {
    throw malformed(url, messageOf(error), error)
  }
}

function malformed(url: string, reason: string, cause?: unknown): NeonHubError {
  return new NeonHubError('knowledge.listing_malformed', `${url} is not well-formed XML: ${reason}`, {
    kind: 'invalid',
    hint: 'Have the site repair its sitemap or feed, or save its pages to a folder and import that.',
    cause,
  })
}

function unknownListing(url: string, reason: string): NeonHubError {
  return new NeonHubError('knowledge.listing_unknown', `${url} is no sitemap and no feed: ${reason}`, {
    kind: 'invalid',
    hint: 'Give the URL of the sitemap (most sites have it at /sitemap.xml) or of an RSS or Atom feed.',
  })
}

interface RawEntry {
  readonly href: string | undefined
  readonly date: string | undefined
}

/** An element without content comes as text from the parser. */
function partsOf<Key extends string, Part>(
  parent: string | { readonly [key in Key]?: readonly (Part | string)[] | undefined },
  key: Key,
): readonly Exclude<Part, string>[] {
  if (typeof parent === 'string') return []
  return (parent[key] ?? []).filter((part): part is Exclude<Part, string> => typeof part !== 'string')
}

function located({ loc, lastmod }: Exclude<z.output<typeof Located>, string>): RawEntry {
  return { href: loc, date: lastmod }
}

function rssItem({ link, guid, pubDate, date }: Exclude<z.output<typeof RssItem>, string>): RawEntry {
  const href = link?.find((each) => typeof each === 'string' && each !== '') ?? guidText(guid)
  return { href: typeof href === 'string' ? href : undefined, date: pubDate ?? date }
}

/** A guid is the item's address unless it says that it is not (RSS 2.0, `isPermaLink`). */
function guidText(guid: unknown): string | undefined {
  const parsed = z
    .union([z.string(), z.object({ '#text': z.string(), '@isPermaLink': z.string().optional() })])
    .safeParse(guid)
  if (!parsed.success) return undefined
  if (typeof parsed.data === 'string') return parsed.data
  return parsed.data['@isPermaLink'] === 'false' ? undefined : parsed.data['#text']
}

function atomEntry({ link, updated, published }: Exclude<z.output<typeof AtomEntry>, string>): RawEntry {
  const links = (link ?? []).flatMap((each) => AtomLink.safeParse(each).data ?? [])
  // Without `rel` a link is the entry's own page (RFC 4287, section 4.2.7.2).
  const page = links.find((each) => (each['@rel'] ?? 'alternate') === 'alternate')
  return { href: page?.['@href'], date: updated ?? published }
}

function listingOf(kind: Listing['kind'], raw: readonly RawEntry[], base: string): Listing {
  const entries = new Map<string, ListedPage>()
  for (const { href, date } of raw) {
    const url = href === undefined ? undefined : webAddress(href.trim(), base)
    if (url !== undefined && !entries.has(url)) entries.set(url, { url, modifiedAt: dateOf(date) })
  }
  return { kind, entries: [...entries.values()] }
}

function webAddress(href: string, base: string): string | undefined {
  if (href === '' || !URL.canParse(href, base)) return undefined
  const url = new URL(href, base)
  url.hash = ''
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined
}

function dateOf(text: string | undefined): Date | undefined {
  const date = new Date(text ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}
