import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from './cli.ts'
import { makeDataDir } from './database.ts'
import { type RunningServer, startServer } from './running-server.ts'
import { hostileSvg, makePng } from './sample-files.ts'

const executablePath = env['CHROMIUM_PATH']
const root = fileURLToPath(new URL('../../../', import.meta.url))
const artefacts = join(root, 'artefacts')

describe.skipIf(executablePath === undefined)('a brand’s files in a browser', () => {
  let folder: string
  let url: string
  let server: RunningServer
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'neonhub-brand-page-'))
    await mkdir(artefacts, { recursive: true })
    const environment = { NEONHUB_DATA_DIR: await makeDataDir(join(folder, 'data')) }
    server = await startServer(environment)
    url = server.url
    const brand = join(folder, 'acme')
    await mkdir(brand)
    await writeFile(join(brand, 'about.md'), '# Acme\n\nAcme makes mills.')
    await runCli(['brand', 'import', brand, '--slug', 'acme'], { environment })
    browser = await chromium.launch({
      executablePath: executablePath ?? '',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    page = await context.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    const [, email = '', password = ''] = (await readFile(join(folder, 'data', 'sign-in.txt'), 'utf8')).split('\n')
    await page.goto(url)
    await page.getByLabel('Email').fill(email)
    await page.getByRole('textbox', { name: 'Password' }).fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('link', { name: 'Brands' }).waitFor()
    // Who is not signed in yet is told so, which a console speaks of.
    complaints.splice(0)
    await page.getByRole('link', { name: 'Brands' }).click()
    await page.getByRole('link', { name: /acme/i }).click()
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const shoot = (name: string) => page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: true })
  const card = (name: string) => page.getByRole('article', { name })
  const add = async (file: { name: string; mimeType: string; buffer: Buffer }, fields: Record<string, string> = {}) => {
    await page.getByRole('button', { name: 'Add a file' }).click()
    const dialog = page.getByRole('dialog')
    const chosen = page.waitForEvent('filechooser')
    await dialog.getByRole('button', { name: 'File' }).click()
    await (await chosen).setFiles(file)
    for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label).fill(value)
    if (file.name === 'logo.png') await shoot('brand-add-file')
    await dialog.getByRole('button', { name: 'Keep it' }).click()
  }

  test('a marketer keeps a logo, sees it, replaces it, fetches it, words it anew and removes it', async () => {
    await page.getByText('No files yet').waitFor()
    const red = makePng([200, 30, 60], 400)
    const png = { name: 'logo.png', mimeType: 'image/png', buffer: red }
    await add(png, { 'What it shows': 'A red square', License: 'Ours', 'Rights until': '2020-01-31' })
    await card('logo.png').getByRole('img', { name: 'A red square' }).waitFor()
    await card('logo.png').getByText('Rights ended 2020-01-31').waitFor()

    const chosen = page.waitForEvent('filechooser')
    await card('logo.png').getByRole('button', { name: 'Replace' }).click()
    await (await chosen).setFiles({ ...png, buffer: makePng([30, 60, 200], 300) })
    await card('logo.png')
      .getByText(/· version 2/)
      .waitFor()
    await card('logo.png').getByRole('button', { name: 'Show earlier versions (1)' }).click()
    const saved = page.waitForEvent('download')
    await card('logo.png').getByRole('button', { name: 'Download logo.png, version 1' }).click()
    const download = await saved
    expect(download.suggestedFilename()).toBe('logo.png')
    expect((await readFile((await download.path()) ?? '')).equals(red)).toBe(true)

    await card('logo.png').getByRole('button', { name: 'Edit' }).click()
    await page.getByLabel('Kind').selectOption('logo')
    await page.getByLabel('Rights until').fill('')
    await page.getByRole('button', { name: 'Save' }).click()
    await card('logo.png').getByText('Logo', { exact: true }).waitFor()
    expect(await card('logo.png').getByText('Rights').count()).toBe(0)

    await add({ name: 'guide.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\n') })
    await card('guide.pdf').getByText('application/pdf', { exact: true }).waitFor()
    await shoot('brand-files')
    await page.setViewportSize({ width: 390, height: 844 })
    await shoot('brand-files-narrow')
    expect(Number(await page.evaluate('document.documentElement.scrollWidth'))).toBeLessThanOrEqual(390)
    await page.setViewportSize({ width: 1280, height: 900 })

    await card('logo.png').getByRole('button', { name: 'Remove logo.png, version 2' }).click()
    await card('logo.png').getByRole('button', { name: 'Remove version 2 for good' }).click()
    await card('logo.png')
      .getByText(/· version 1/)
      .waitFor()
    expect(complaints).toEqual([])
  })

  test('what is no such file is refused with the reason', async () => {
    await add({ name: 'tool.png', mimeType: 'image/png', buffer: Buffer.from('MZ no picture') })
    await page.getByText('The file is of no kind that brands keep').waitFor()
    await shoot('brand-file-refused')
    await page.keyboard.press('Escape')
    // The refused upload is the one thing that a console may speak of.
    expect(complaints.splice(0).filter((text) => !text.includes('415'))).toEqual([])
  })

  test('an SVG with scripts is seen and runs none, neither in the page nor where somebody opens it', async () => {
    await add({ name: 'mark.svg', mimeType: 'image/svg+xml', buffer: hostileSvg }, { 'What it shows': 'A mark' })
    const picture = card('mark.svg').getByRole('img', { name: 'A mark' })
    await picture.waitFor()
    // Drawn: its width is the drawing's own.
    await expect.poll(() => picture.evaluate((image) => Object(image).naturalWidth)).toBe(10)
    expect(await picture.getAttribute('src')).toMatch(/^data:image\/svg\+xml/)

    const answer = await page.request.get(`${url}/v1/brands/acme/assets?name=mark.svg`)
    const { assets } = (await answer.json()) as { assets: { id: string }[] }
    const address = `${url}/v1/brands/acme/assets/${assets[0]?.id}/content`
    const tab = await page.context().newPage()
    const asked: string[] = []
    tab.on('request', (request) => asked.push(request.url()))
    const saved = tab.waitForEvent('download')
    await tab.goto(address).catch((error: Error) => expect(error.message).toMatch(/download|ERR_ABORTED/i))
    expect((await saved).suggestedFilename()).toBe('mark.svg')
    expect(tab.url()).toBe('about:blank')

    // Should anybody lose the header that makes it a download, the sandbox is left.
    await tab.route(address, async (route) => {
      const response = await route.fetch()
      const { 'content-disposition': _dropped, ...headers } = response.headers()
      await route.fulfill({ response, headers })
    })
    await tab.goto(address)
    expect(await tab.evaluate('[document.documentElement.localName, "owned" in window]')).toEqual(['svg', false])
    expect(asked.filter((one) => one.endsWith('/v1/me'))).toEqual([])
    await tab.close()
    expect(await page.title()).not.toContain('owned')
  })
})
