import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openTestApp, publicUrl, type TestApp } from '../../test/http-app.ts'
import { hostileSvg, makePng, sampleFiles } from '../../test/sample-files.ts'
import { newId } from '../base/ids.ts'
import { withTenant } from '../db/index.ts'

const mebibyte = 1024 * 1024
const red = makePng([255, 0, 0])

let http: TestApp
let manager: Record<string, string>
let reader: Record<string, string>
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 10_000, assetLimitBytes: 20 * mebibyte })
  manager = await http.keyWith(['brands:read', 'brands:write', 'audit:read'])
  reader = await http.keyWith(['brands:read'])
  const { organizationId } = http
  await withTenant(http.database, organizationId, (tx) =>
    tx
      .insertInto('brands')
      .values(['acme', 'other'].map((slug) => ({ organization_id: organizationId, id: newId(), slug, name: slug })))
      .execute(),
  )
})
afterAll(() => http.close())

const Body = z.looseObject({ id: z.string().optional(), sha256: z.string().optional() })
const answerOf = async (response: Response) => ({ status: response.status, body: Body.parse(await response.json()) })
const call = async (method: string, path: string, body?: unknown, as = manager) =>
  answerOf(await http.send(method, path, { headers: as, ...(body === undefined ? {} : { body }) }))

const upload = async (
  query: Record<string, string>,
  bytes: NonNullable<RequestInit['body']> | null,
  { as = manager, brand = 'acme', ...headers }: { as?: Record<string, string>; brand?: string; type?: string } = {},
) =>
  answerOf(
    await http.app.request(`${publicUrl}/v1/brands/${brand}/assets?${new URLSearchParams(query)}`, {
      method: 'POST',
      headers: { 'content-type': headers.type ?? 'application/octet-stream', ...as },
      body: bytes,
      // A stream has no length; fetch sends it in chunks.
      ...(bytes instanceof ReadableStream ? { duplex: 'half' } : {}),
    }),
  )
const contentOf = (id: string | undefined, headers: Record<string, string> = {}, as = manager) =>
  http.app.request(`${publicUrl}/v1/brands/acme/assets/${id}/content`, { headers: { ...as, ...headers } })

/** A body that nobody can tell the length of, and that tells how much of it was read. */
function endless() {
  const read = { bytes: 0, cancelled: false }
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      read.bytes += 65_536
      controller.enqueue(new Uint8Array(65_536))
    },
    cancel: () => {
      read.cancelled = true
    },
  })
  return { read, stream }
}

test('a logo is uploaded, listed, shown, downloaded, replaced, worded anew and removed, each on the audit log', async () => {
  const query = { name: 'logo.png', kind: 'logo', alternativeText: 'A red square', rightsUntil: '2099-12-31' }
  const made = await upload(query, red, { type: 'image/png' })
  expect(made).toMatchObject({
    status: 201,
    body: { ...query, brand: 'acme', version: 1, versions: 1, mediaType: 'image/png', byteSize: red.length },
  })
  expect(made.body).toMatchObject({ createdBy: expect.stringMatching(/^api_key:/), rightsExpired: false })
  expect((await upload(query, red)).status).toBe(200)
  const path = `/v1/brands/acme/assets/${made.body.id}`
  expect(await call('GET', path, undefined, reader)).toMatchObject({ status: 200, body: { id: made.body.id } })
  const replaced = await upload({ name: 'LOGO.png' }, makePng([0, 0, 255]))
  expect(replaced).toMatchObject({ status: 201, body: { version: 2, kind: 'logo', alternativeText: 'A red square' } })
  expect(await call('GET', '/v1/brands/acme/assets?kind=logo')).toMatchObject({
    body: { assets: [{ id: replaced.body.id, versions: 2 }] },
  })
  expect(await call('GET', '/v1/brands/acme/assets?name=logo.png&versions=all&limit=1')).toMatchObject({
    body: { assets: [{ version: 2 }], nextBefore: replaced.body.id },
  })
  const changed = await call('PATCH', path, { rightsUntil: null, licenseNote: 'Ours' })
  expect(changed.body).toMatchObject({ licenseNote: 'Ours', isCurrent: false })
  expect(changed.body).not.toHaveProperty('rightsUntil')
  expect(await call('DELETE', `/v1/brands/acme/assets/${replaced.body.id}`)).toMatchObject({ status: 200 })
  expect(await call('GET', path)).toMatchObject({ body: { isCurrent: true, versions: 1 } })
  await upload({ name: 'logo.png' }, makePng([0, 255, 0]))
  expect(await call('DELETE', `${path}?versions=all`)).toMatchObject({ status: 200 })
  expect(await call('GET', '/v1/brands/acme/assets')).toMatchObject({ body: { assets: [] } })
  expect(await call('GET', path)).toMatchObject({ status: 404 })
  expect((await call('GET', '/v1/audit-logs')).body).toMatchObject({
    entries: expect.arrayContaining(
      ['brand_asset.added', 'brand_asset.changed', 'brand_asset.removed'].map((action) =>
        expect.objectContaining({ action, subject: `brand_asset:${made.body.id}` }),
      ),
    ),
  })
})

test('a picture is shown in a page, comes whole, and is not sent again to whom has it', async () => {
  const { body } = await upload({ name: 'Grüße "1".png' }, red)
  const response = await contentOf(body.id, {}, reader)
  expect(Buffer.from(await response.arrayBuffer()).equals(red)).toBe(true)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'image/png',
    'content-length': String(red.length),
    'content-disposition': `inline; filename="Gr__e _1_.png"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.png`,
    etag: `"${body.sha256}"`,
    'cache-control': 'private, no-cache',
    'x-content-type-options': 'nosniff',
  })
  for (const tag of [`"${body.sha256}"`, `"x", W/"${body.sha256}"`, '*']) {
    const again = await contentOf(body.id, { 'if-none-match': tag })
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', `"${body.sha256}"`])
  }
  expect((await contentOf(body.id, { 'if-none-match': '"x"' })).status).toBe(200)
  // By another brand's address it is not there.
  expect(await call('GET', `/v1/brands/other/assets/${body.id}`)).toMatchObject({ status: 404 })
})

test('an SVG, which may hold scripts, is handed out as a file and in a sandbox, and so is all that is no picture', async () => {
  for (const [name, bytes, fileName] of [
    ['logo.svg', hostileSvg, 'logo.svg'],
    ['guide.html', sampleFiles['application/pdf'], 'guide.html.pdf'],
    ['font.woff2', sampleFiles['font/woff2'], 'font.woff2'],
    ['film', sampleFiles['video/mp4'], 'film.mp4'],
  ] as const) {
    const { body } = await upload({ name }, bytes)
    const { headers } = await contentOf(body.id)
    expect(headers.get('content-disposition'), name).toContain(`attachment; filename="${fileName}"`)
    expect(headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
  }
})

test('a lie about what a file is, and what is no such file, is refused', async () => {
  expect(await upload({ name: 'a.png' }, hostileSvg, { type: 'image/png' })).toMatchObject({
    status: 415,
    body: { code: 'http.media_type', detail: 'The file is image/svg+xml, and is sent as "image/png"' },
  })
  expect(await upload({ name: 'a.png' }, '<html><script>alert(1)</script>', { type: 'image/png' })).toMatchObject({
    status: 415,
  })
  expect(await upload({ name: 'a.png' }, null)).toMatchObject({ status: 400, body: { code: 'http.body_empty' } })
  for (const query of [
    {},
    { name: ' ' },
    { name: 'a/b.png' },
    { name: '..\\b.png' },
    { name: 'a\n.png' },
    { name: 'x'.repeat(201) },
    { name: 'a', kind: 'icon' },
    { name: 'a', rightsUntil: '2026-13-01' },
    { name: 'a', rightsUntil: '0000-01-01' },
    { name: 'a', rightsUntil: 'soon' },
    { name: 'a', version: '7' },
  ]) {
    expect(await upload(query, red), JSON.stringify(query)).toMatchObject({ status: 400 })
  }
  expect(await upload({ name: 'a.png' }, red, { brand: 'nobody' })).toMatchObject({ status: 404 })
  expect(await upload({ name: 'a.png' }, red, { as: reader })).toMatchObject({ status: 403 })
  expect(await call('PATCH', `/v1/brands/acme/assets/${newId()}`, { kind: 'logo' })).toMatchObject({ status: 404 })
})

test('a file of 8 MiB is taken, a larger one and one too many are not', async () => {
  const file = (size: number) => Buffer.concat([red, Buffer.alloc(size - red.length, size)])
  expect(await upload({ name: 'large.png' }, file(8 * mebibyte))).toMatchObject({ status: 201 })
  expect(await upload({ name: 'larger.png' }, file(8 * mebibyte + 1))).toMatchObject({
    status: 413,
    body: { code: 'http.body_too_large', detail: 'The body is larger than 8 MiB' },
  })
  expect(await upload({ name: 'second.png' }, file(8 * mebibyte - 1))).toMatchObject({ status: 201 })
  expect(await upload({ name: 'third.png' }, file(8 * mebibyte - 2))).toMatchObject({
    status: 409,
    body: { code: 'knowledge.assets_full', hint: expect.stringContaining('Remove assets') },
  })
}, 60_000)

test('nothing is read of what a stranger sends, and of what others send no more than they may', async () => {
  const strange = endless()
  expect(await upload({ name: 'a.png' }, strange.stream, { as: {} })).toMatchObject({ status: 401 })
  // A stream fills its own queue with one piece before anybody asks.
  expect(strange.read.bytes).toBeLessThanOrEqual(65_536)
  const without = endless()
  expect(await upload({ name: 'a.png' }, without.stream, { as: reader })).toMatchObject({ status: 403 })
  expect(without.read.bytes).toBeLessThanOrEqual(65_536)
  const nowhere = endless()
  expect(await upload({ name: 'a.png' }, nowhere.stream, { brand: 'nobody' })).toMatchObject({ status: 404 })
  expect(nowhere.read.bytes).toBeLessThanOrEqual(65_536)
  const known = endless()
  expect(await upload({ name: 'a.png' }, known.stream)).toMatchObject({ status: 413 })
  expect(known.read).toMatchObject({ cancelled: true })
  expect(known.read.bytes).toBeLessThanOrEqual(8 * mebibyte + 3 * 65_536)
  // Every other route, and every other method of this one, keeps to 1 MiB before it knows anybody.
  for (const [method, path] of [
    ['POST', '/v1/memories'],
    ['PATCH', `/v1/brands/acme/assets/${newId()}`],
    ['PUT', '/v1/brands/acme/assets'],
    ['POST', '/v1/brands/acme/assets/'],
  ] as const) {
    const { stream, read } = endless()
    const response = await http.app.request(`${publicUrl}${path}`, {
      method,
      body: stream,
      duplex: 'half',
      // Told by Node's server of every body without a length.
      headers: { 'transfer-encoding': 'chunked' },
    } as RequestInit)
    expect(response.status, `${method} ${path}`).toBe(413)
    expect(read.bytes).toBeLessThanOrEqual(mebibyte + 3 * 65_536)
  }
})
