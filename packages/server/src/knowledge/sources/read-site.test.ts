import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { readSite, type ReadSiteOptions } from './read-site.ts'
import type { SourceItem } from './source-item.ts'

type Answer = { status?: number; type?: string; headers?: Record<string, string>; body?: string | Uint8Array }

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}

function site(answers: Record<string, Answer>): Promise<string> {
  return serve((request, response) => {
    const { status = 200, type = 'text/html', headers = {}, body = '' } = answers[request.url ?? ''] ?? { status: 404 }
    response.writeHead(status, { 'content-type': type, ...headers }).end(body)
  })
}

const sitemap = (...urls: string[]) =>
  `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${urls
    .map((url) => `<url><loc>${url}</loc><lastmod>2025-03-01</lastmod></url>`)
    .join('')}</urlset>`
const read = (url: string, options: Partial<ReadSiteOptions> = {}): Promise<SourceItem[]> =>
  Array.fromAsync(readSite(url, { fetch: globalThis.fetch, ...options }))
const brief = (items: readonly SourceItem[]) =>
  items.map((item) =>
    item.kind === 'document'
      ? `${new URL(item.path).pathname} ${item.text}`
      : `${new URL(item.path).pathname} ${item.reason}, keeps ${item.keeps}`,
  )

test('reads the pages of a sitemap in its order, with what the server told of their age', async () => {
  const answers: Record<string, Answer> = { '/b': { body: 'B', headers: { etag: '"1"' } }, '/a?x=1&y=2': { body: 'A' } }
  const base = await site(answers)
  answers['/sitemap.xml'] = { type: 'text/xml', body: sitemap('/b', `${base}/a?x=1&amp;y=2`, '/b#part', 'mailto:a@b') }
  const items = await read(`${base}/sitemap.xml`)
  expect(items).toMatchObject([
    { kind: 'document', origin: 'web', path: `${base}/b`, etag: '"1"', modifiedAt: new Date('2025-03-01') },
    { path: `${base}/a?x=1&y=2`, text: 'A', mediaType: 'text/html' },
  ])
})

test('reads an index of sitemaps, gzipped ones and ones that name each other', async () => {
  const index = (...urls: string[]) =>
    `<sitemapindex>${urls.map((url) => `<sitemap><loc>${url}</loc></sitemap>`).join('')}</sitemapindex>`
  const base = await site({
    '/index.xml': { body: index('/one.xml.gz', '/index.xml', '/nested.xml', '/broken.xml') },
    '/nested.xml': { body: index('/index.xml', '/two.xml') },
    '/one.xml.gz': { type: 'application/gzip', body: gzipSync(sitemap('/a')) },
    '/two.xml': { body: sitemap('/a', '/b') },
    '/broken.xml': { body: '<urlset><url></urlset>' },
    '/a': { body: 'A' },
    '/b': { body: 'B' },
  })
  expect(brief(await read(`${base}/index.xml`))).toEqual(['/broken.xml unreadable, keeps everything', '/a A', '/b B'])
})

test.each([
  [
    'RSS',
    '<rss version="2.0"><channel><link>/</link><item><title>t</title><link>/a</link></item><item><guid>/b</guid></item><item><guid isPermaLink="false">9</guid></item></channel></rss>',
  ],
  [
    'RSS 1.0',
    '<rdf:RDF xmlns:rdf="r"><channel/><item rdf:about="x"><link>/a</link></item><item><link>/b</link></item></rdf:RDF>',
  ],
  [
    'Atom',
    '<feed xmlns="http://www.w3.org/2005/Atom"><link href="/"/><entry><link rel="self" href="/x"/><link href="/a"/><updated>2025-01-01T00:00:00Z</updated></entry><entry><link rel="alternate" href="/b"/></entry></feed>',
  ],
])('reads the pages of a feed: %s', async (_, body) => {
  const base = await site({ '/feed': { body }, '/a': { body: 'A' }, '/b': { body: 'B' } })
  expect(brief(await read(`${base}/feed`))).toEqual(['/a A', '/b B'])
})

test('pages that fail are skipped with the reason, and the rest is read', async () => {
  const other = await site({ '/x': { body: 'secret' } })
  const base = await site({
    '/s.xml': {
      body: sitemap(
        '/gone',
        '/error',
        '/image',
        '/empty',
        '/large',
        '/away',
        '/loop',
        '/moved',
        `${other}/x`,
        '/latin',
        '/ok',
      ),
    },
    '/error': { status: 500 },
    '/image': { type: 'image/png', body: 'x' },
    '/empty': {},
    '/large': { body: 'x'.repeat(5 * 1024 * 1024 + 1) },
    '/away': { status: 302, headers: { location: `${other}/x` } },
    '/loop': { status: 302, headers: { location: '/loop' } },
    '/moved': { status: 301, headers: { location: '/ok' } },
    '/latin': { type: 'text/html; charset=ISO-8859-1', body: Buffer.from('caf\xe9', 'latin1') },
    '/ok': { body: 'fine' },
  })
  expect(brief(await read(`${base}/s.xml`))).toEqual([
    '/gone gone, keeps nothing',
    '/error status, keeps path',
    '/image media_type, keeps nothing',
    '/empty empty, keeps nothing',
    '/large too_large, keeps path',
    '/away redirect, keeps path',
    '/loop redirect, keeps path',
    '/moved fine',
    '/x other_host, keeps nothing',
    '/latin café',
    '/ok fine',
  ])
})

test('at most four pages are asked for at once, and none beyond the limit', async () => {
  let open = 0
  let most = 0
  let asked = 0
  const urls = Array.from({ length: 12 }, (_, index) => `/${index}`)
  const base = await serve((request, response) => {
    if (request.url === '/s.xml') return response.end(sitemap(...urls))
    asked += 1
    most = Math.max(most, (open += 1))
    setTimeout(() => {
      open -= 1
      response.setHeader('content-type', 'text/plain').end('page')
    }, 20)
  })
  const items = await read(`${base}/s.xml`, { maxPages: 10 })
  expect(items.filter((item) => item.kind === 'document')).toHaveLength(10)
  expect(brief(items.slice(10))).toEqual(['/10 over_limit, keeps path', '/11 over_limit, keeps path'])
  expect([most, asked]).toEqual([4, 10])
})

test('a page that never ends is given up at the deadline, and an abort ends the reading', async () => {
  const base = await serve((request, response) => {
    if (request.url === '/s.xml') return response.end(sitemap('/slow'))
    response.write('begins')
  })
  const [item] = await read(`${base}/s.xml`, { timeoutMs: 200 })
  expect(item).toMatchObject({ reason: 'unreachable', message: 'It did not answer within 0.2 s.', keeps: 'path' })
  const abort = new AbortController()
  setTimeout(() => abort.abort(new Error('stopped')), 50)
  await expect(read(`${base}/s.xml`, { signal: abort.signal })).rejects.toThrow('stopped')
})

test.each([
  ['<urlset><url><loc>/a</urlset>', 'knowledge.listing_malformed', 'line 1, column'],
  ['<!doctype html><html><body>Hi</body></html>', 'knowledge.listing_unknown', 'web page'],
  ['<recipes/>', 'knowledge.listing_unknown', 'another kind'],
  ['<urlset/>', 'knowledge.site_empty', 'names no pages'],
  [
    '<!DOCTYPE u [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url><loc>/&b;</loc></url></urlset>',
    'knowledge.listing_malformed',
    'declares entities',
  ],
  [gzipSync(Buffer.alloc(64 * 1024 * 1024)), 'knowledge.listing_malformed', 'unzipped'],
  [`${'<a>'.repeat(50_000)}${'</a>'.repeat(50_000)}`, 'knowledge.listing_malformed', ''],
])('a listing that is none is a clear error: %#', async (body, code, words) => {
  const base = await site({ '/s.xml': { body } })
  const failure = await read(`${base}/s.xml`).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code })
  expect(String(failure)).toContain(words)
})

test('an address that is none, or answers nothing, is a clear error', async () => {
  await expect(read('example')).rejects.toMatchObject({ code: 'knowledge.site_url' })
  await expect(read('file:///etc/passwd')).rejects.toMatchObject({ code: 'knowledge.site_url' })
  await expect(read('http://127.0.0.1:1/s.xml')).rejects.toMatchObject({
    code: 'knowledge.site_unreachable',
    retryable: true,
    message: expect.stringMatching(/refused|bad port/i),
  })
})

test('a sitemap of ten thousand pages with escaped addresses is read whole', async () => {
  const urls = Array.from({ length: 10_000 }, (_, index) => `/p?a=1&amp;b=${index}&#38;c`)
  const base = await site({ '/s.xml': { body: sitemap(...urls) } })
  const items = await read(`${base}/s.xml`, { maxPages: 1 })
  expect(items).toHaveLength(10_000)
  expect(items.at(-1)?.path).toBe(`${base}/p?a=1&b=9999&c`)
})
