import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import { AgentPrompt } from '@neonhub/contract'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { runCli } from './cli.ts'
import { makeDataDir } from './database.ts'
import { type RunningServer, startServer } from './running-server.ts'
import { totpOf } from './totp.ts'

const executablePath = env['CHROMIUM_PATH']
const root = fileURLToPath(new URL('../../../', import.meta.url))
const artefacts = join(root, 'artefacts')

describe.skipIf(executablePath === undefined)('the page in a browser', () => {
  let folder: string
  let url: string
  let server: RunningServer
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'neonhub-browser-'))
    await mkdir(artefacts, { recursive: true })
    const environment = { NEONHUB_DATA_DIR: await makeDataDir(join(folder, 'data')) }
    server = await startServer(environment)
    url = server.url
    const brand = join(folder, 'brand')
    await cp(join(root, 'examples/pinwright/documents/support'), brand, { recursive: true })
    await cp(join(root, 'examples/pinwright/voice.md'), join(brand, 'voice.md'))
    await writeFile(
      join(folder, 'brief.json'),
      JSON.stringify({
        name: 'Seen in a browser',
        topic: 'How to return a tool and what the warranty covers',
        objective: 'Show the trace',
        keywords: ['warranty'],
        callToAction: { label: 'Read the terms', url: 'https://pinwright.example/terms' },
        article: { words: 200 },
        email: { to: ['ann@example.com'] },
        social: { channel: '#social-queue', networks: ['x'] },
      }),
    )
    await runCli(['brand', 'import', brand, '--slug', 'seen'], { environment })
    const agreed = ['--status', 'granted', '--evidence', 'Said so in a test']
    await runCli(['people', 'consent', 'ann@example.com', ...agreed], { environment })
    const input = join(folder, 'brief.json')
    await runCli(['run', 'CampaignAgent', 'launch-campaign', '--brand', 'seen', '--input', input], { environment })
    const task = join(folder, 'task.txt')
    const { json: prompts } = await runCli(['prompts', 'list', '--agent', 'EmailAgent', '--json'], { environment })
    const [prompt] = z.array(AgentPrompt).parse(prompts)
    if (!prompt) throw new Error('EmailAgent asks nothing')
    await writeFile(task, `${prompt.codeTask}\nWrite in short sentences.`)
    await runCli(['prompts', 'set', prompt.agent, prompt.intent, prompt.key, '--file', task], { environment })
    await runCli(['limits', 'set', '--agent', 'EmailAgent', '--at-once', '2'], { environment })
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
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const shoot = (name: string) => page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: true })

  test('a person signs in, reads a run’s trace, approves what waits, and sees the run come to its end', async () => {
    const [, email = '', password = ''] = (await readFile(join(folder, 'data', 'sign-in.txt'), 'utf8')).split('\n')
    await page.goto(url)
    await page.getByLabel('Email').fill(email)
    await page.getByRole('textbox', { name: 'Password' }).fill('not the password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByRole('textbox', { name: 'Password' }).fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()

    await page.getByText('launch-campaign').first().waitFor()
    await shoot('browser-runs')
    await page.getByText('launch-campaign').first().click()
    await page.getByText('generate-draft').first().waitFor()
    await page.getByText('email.send').first().click()
    await page.getByText('Exact arguments').waitFor()
    await page.getByText('composer').first().click()
    await page.getByText('System prompt').waitFor()
    await page.getByText('Answer', { exact: true }).waitFor()
    await shoot('browser-run-waiting')

    await page
      .getByRole('link', { name: /Approvals/ })
      .first()
      .click()
    for (let left = 2; left > 0; left -= 1) {
      const buttons = page.getByRole('button', { name: 'Approve', exact: true })
      await expect.poll(() => buttons.count(), { timeout: 15_000 }).toBe(left)
      if (left === 2) await shoot('browser-approvals')
      await buttons.first().click()
    }

    await page.getByRole('link', { name: 'Runs' }).first().click()
    await page.getByText('launch-campaign').first().click()
    await page.getByText('Succeeded', { exact: true }).first().waitFor({ timeout: 30_000 })
    await shoot('browser-run-succeeded')
    // The refused password is the one thing that a console may speak of.
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([])
  })

  test('a person starts a run from the page, is told what is missing, and approves its actions together', async () => {
    await page.getByRole('link', { name: 'Agents' }).click()
    await page.getByRole('button', { name: /^launch-campaign/ }).click()
    await page.getByRole('button', { name: 'Start a run' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'email', exact: true }).click()
    const input = dialog.getByLabel('Input')
    expect(JSON.parse(await input.inputValue())).toMatchObject({ topic: '', email: { to: [''] } })
    await dialog.getByRole('button', { name: 'Start', exact: true }).click()
    await dialog.getByText('email.to[0]', { exact: true }).waitFor()
    await shoot('browser-start-refused')

    const brief = JSON.parse(await readFile(join(folder, 'brief.json'), 'utf8'))
    await input.fill(JSON.stringify({ ...brief, name: 'Started in a browser' }))
    await dialog.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByText('2 actions wait for a yes').waitFor({ timeout: 60_000 })
    await page.getByRole('link', { name: 'Review' }).click()
    await page.getByRole('button', { name: 'Approve all of this run' }).click()
    await page.getByRole('button', { name: 'Approve 2', exact: true }).click()
    await page.getByText('Nothing waits for you').waitFor({ timeout: 15_000 })
    // The refused input is the one thing that a console may speak of besides the refused password.
    expect(complaints.filter((text) => !/40[01]/.test(text))).toEqual([])
  })

  test('a person runs it again from a step as a dry run, and sees both side by side', async () => {
    await page.getByRole('link', { name: 'Runs' }).first().click()
    await page.getByText('launch-campaign').last().click()
    await page.getByRole('button', { name: 'Run again' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('From').selectOption('write the email')
    await dialog.getByLabel(/^Prompt of EmailAgent/).selectOption('1')
    await shoot('browser-run-again')
    await dialog.getByRole('button', { name: 'Run again' }).click()
    await page.getByText('dry run', { exact: true }).waitFor()
    await page.getByText('Succeeded', { exact: true }).first().waitFor({ timeout: 60_000 })
    await page.getByText(/from “write the email” on, asking “.*” in version 1/).waitFor()
    await page.getByText('email.send, simulated').first().waitFor()
    await shoot('browser-dry-run')
    await page.getByRole('tab', { name: 'Comparison' }).click()
    await page.getByRole('row', { name: /^write the article.*copied/ }).waitFor()
    await page.getByRole('row', { name: /email\.send.*Succeeded.*Simulated.*would ask for a yes/ }).waitFor()
    await shoot('browser-comparison')
    // Nothing asks anybody.
    await page
      .getByRole('link', { name: /Approvals/ })
      .first()
      .click()
    await page.getByText('Nothing waits for you').waitFor({ timeout: 15_000 })
  })

  test('a person sees what may go on at once, and how much does', async () => {
    await page.getByRole('link', { name: 'Budgets & limits' }).click()
    await page.getByText('Runs of EmailAgent').waitFor()
    await page.getByText('0 of 2 go on').waitFor()
    await shoot('browser-limits')
  })

  test('an owner guards the account with an app, and lets somebody in by a role of the organization’s own', async () => {
    const [, email = '', password = ''] = (await readFile(join(folder, 'data', 'sign-in.txt'), 'utf8')).split('\n')
    await page.goto(`${url}/members`)
    await page.getByRole('button', { name: 'New role' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('reviewer')
    await dialog.getByLabel('runs:read').check()
    await dialog.getByRole('button', { name: 'Keep' }).click()
    await page.getByRole('button', { name: 'Delete reviewer' }).waitFor()
    await page.getByLabel('Email').fill('rae@example.com')
    await page.getByLabel('Role', { exact: true }).selectOption('reviewer')
    await page.getByRole('button', { name: 'Invite', exact: true }).click()
    const link = await page.getByText('/join?').textContent()
    await shoot('browser-members')

    const guest = await browser.newPage()
    guest.on('pageerror', (error) => complaints.push(error.message))
    await guest.goto(link ?? '')
    await guest.getByLabel('Your name').fill('Rae')
    await guest.getByRole('textbox', { name: 'Password' }).fill('a long password')
    await guest.getByRole('button', { name: 'Make the account' }).click()
    await guest.getByRole('button', { name: /^Join / }).click()
    await guest.getByRole('link', { name: 'Agents' }).waitFor()
    expect(await guest.getByRole('link', { name: 'Connections' }).count()).toBe(0)
    await guest.close()

    await page.goto(`${url}/account`)
    await page.getByRole('textbox', { name: 'Your password' }).fill(password)
    await page.getByRole('button', { name: 'Set up an app' }).click()
    const uri = await page.getByRole('link', { name: 'this address' }).getAttribute('href')
    await page.getByLabel('The code that the app shows').fill(totpOf(uri ?? ''))
    await shoot('browser-account')
    await page.getByRole('button', { name: 'Turn it on' }).click()
    await page.getByRole('button', { name: 'Take it away' }).waitFor()
    await page.getByRole('button', { name: /^Account of/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByLabel('Email').fill(email)
    await page.getByRole('textbox', { name: 'Password' }).fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Code').fill(totpOf(uri ?? ''))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('launch-campaign').first().waitFor()
    expect(complaints.filter((text) => !/40[01]/.test(text))).toEqual([])
  })
})
