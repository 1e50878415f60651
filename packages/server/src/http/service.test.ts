import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../../test/http-app.ts'
import { newId } from '../base/ids.ts'
import { signUnsubscribeToken } from '../base/unsubscribe-token.ts'
import { withTenant } from '../db/index.ts'

let http: TestApp
let webFolder: string
beforeAll(async () => {
  webFolder = await mkdtemp(join(tmpdir(), 'neonhub-web-'))
  await mkdir(join(webFolder, 'assets'))
  await writeFile(join(webFolder, 'index.html'), '<title>NeonHub</title>')
  await writeFile(join(webFolder, 'assets', 'main-abc123.js'), 'console.log(1)')
  http = await openTestApp({ webFolder })
})
afterAll(async () => {
  await http.close()
  await rm(webFolder, { recursive: true })
})

test('the process says that it lives and whether it can serve', async () => {
  expect(await (await http.send('GET', '/healthz')).json()).toEqual({ status: 'ok' })
  expect((await http.send('GET', '/readyz')).status).toBe(200)
  Object.assign(http.parts.services, { isReady: async () => false })
  const response = await http.send('GET', '/readyz')
  expect([response.status, await response.json()]).toEqual([503, { status: 'unavailable' }])
})

test('requests are counted by the template of their route, never by an id', async () => {
  const id = newId()
  await http.send('GET', `/v1/runs/${id}`, { headers: http.operator })
  await http.send('GET', `/v1/made-up/${id}`)
  await http.app.request('/v1/me', { method: 'MADEUP' })
  const response = await http.send('GET', '/metrics')
  expect(response.headers.get('content-type')).toContain('text/plain')
  const text = await response.text()
  expect(text).toContain('neonhub_http_requests_total{method="GET",route="/v1/runs/{id}",status="404"} 1')
  expect(text).toContain('neonhub_http_requests_total{method="other",route="/v1/me",status="405"} 1')
  expect(text).not.toContain(id)
  expect(text).not.toContain(http.organizationId)
})

test('the reference is served from here alone', async () => {
  const page = await http.send('GET', '/docs')
  const html = await page.text()
  expect(html).not.toMatch(/https?:\/\//)
  for (const [, path = ''] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
    expect((await http.send('GET', path)).status).toBe(200)
  }
  expect((await http.send('GET', '/openapi.json')).status).toBe(200)
})

test('one click stops the mail, without sign-in, once', async () => {
  const address = 'ann+<b>@example.com'
  const path = `/unsubscribe/${signUnsubscribeToken(http.parts.masterKey, { organizationId: http.organizationId, address })}`
  const page = await http.send('GET', path)
  const html = await page.text()
  expect(html).toContain('<form method="post">')
  expect(html).toContain('ann+&lt;b&gt;@example.com')
  const listSuppressed = () =>
    withTenant(http.database, http.organizationId, (tx) =>
      tx.selectFrom('suppressions').select(['channel', 'address', 'reason']).execute(),
    )
  expect(await listSuppressed()).toEqual([])

  // RFC 8058: the mailbox provider posts this form and sends neither cookie nor origin.
  for (let count = 0; count < 2; count += 1) {
    const response = await http.app.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'List-Unsubscribe=One-Click',
    })
    expect(response.status).toBe(200)
  }
  expect(await listSuppressed()).toEqual([{ channel: 'email', address, reason: 'unsubscribed' }])
  expect((await http.send('POST', `${path}x`)).status).toBe(404)
  expect((await http.send('GET', '/unsubscribe/made-up')).status).toBe(404)
})

test('the page answers for its own paths, and its hashed files stay a year', async () => {
  for (const path of ['/', '/index.html', '/runs/123']) {
    const response = await http.send('GET', path)
    expect(await response.text()).toBe('<title>NeonHub</title>')
    expect(response.headers.get('cache-control')).toBe('no-cache')
  }
  const asset = await http.send('GET', '/assets/main-abc123.js')
  expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(await asset.text()).toBe('console.log(1)')
  for (const path of ['/assets/old-000000.js', '/v1/nothing', '/api/nothing']) {
    const response = await http.send('GET', path)
    expect([path, response.status]).toEqual([path, 404])
  }
})

test('no path leads out of the folder of the page', async () => {
  for (const path of [
    '/..%2f..%2f..%2fetc%2fpasswd',
    '/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    '/assets/..%5c..%5cetc/passwd',
  ]) {
    expect(await (await http.send('GET', path)).text()).not.toContain('root:')
  }
})

test('without a built page the API stands alone', async () => {
  const alone = await openTestApp()
  expect((await alone.send('GET', '/')).status).toBe(404)
  await alone.close()
})
