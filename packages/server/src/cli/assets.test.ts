import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { runCli } from '../../test/cli.ts'
import { makeDataDir } from '../../test/database.ts'
import { type RunningServer, startServer } from '../../test/running-server.ts'
import { hostileSvg, makePng } from '../../test/sample-files.ts'

let folder: string
let environment: Record<string, string>
let server: RunningServer | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-assets-'))
  environment = { NEONHUB_DATA_DIR: await makeDataDir(join(folder, 'data')) }
  server = await startServer(environment)
  await writeFile(join(folder, 'about.md'), '# Acme\n\nMills.')
  await cli('brand', 'import', folder, '--slug', 'acme')
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const cli = (...words: string[]) => runCli(words, { environment })
const assets = (...words: string[]) => cli('brand', 'assets', ...words)
const Made = z.object({ id: z.string() })

test(
  'a logo is added, listed, replaced, fetched in each version, worded anew and removed',
  { timeout: 300_000 },
  async () => {
    const logo = join(folder, 'logo.png')
    const red = makePng([255, 0, 0])
    await writeFile(logo, red)
    const added = await assets('add', 'acme', logo, '--kind', 'logo', '--alt', 'A red square', '--json')
    expect(added.json).toMatchObject({ name: 'logo.png', version: 1, kind: 'logo', createdBy: 'cli' })
    await writeFile(logo, makePng([0, 0, 255]))
    expect((await assets('add', 'acme', logo, '--rights-until', '2020-02-29')).stdout).toContain(
      'version 2, logo of acme',
    )
    expect((await assets('list', 'acme')).stdout).toMatch(
      /logo\.png\s+2 of 2\s+logo\s+image\/png\s+\d+ B\s+2020-02-29, over/,
    )
    const out = join(folder, 'fetched.png')
    expect((await assets('get', 'acme', 'LOGO.png', '--of-version', '1', '--out', out, '--json')).json).toMatchObject({
      path: out,
    })
    expect((await readFile(out)).equals(red)).toBe(true)
    const updated = await assets('update', 'acme', 'logo.png', '--rights-until', 'never', '--license', 'Ours', '--json')
    expect(updated.json).toMatchObject({ version: 2, licenseNote: 'Ours', alternativeText: 'A red square' })
    expect(updated.json).not.toHaveProperty('rightsUntil')
    expect((await assets('remove', 'acme', Made.parse(updated.json).id)).stdout).toContain('version 2; 1 left')
    expect((await assets('remove', 'acme', 'logo.png', '--all-versions')).stdout).toContain('0 left')
    expect((await assets('list', 'acme', '--all-versions', '--json')).json).toEqual({ assets: [] })
  },
)

test('what cannot be taken is said before and after it is sent', { timeout: 120_000 }, async () => {
  const svg = join(folder, 'logo.svg')
  await writeFile(svg, hostileSvg)
  expect((await assets('add', 'acme', svg, '--json')).json).toMatchObject({ mediaType: 'image/svg+xml' })
  const large = join(folder, 'large.png')
  await writeFile(large, makePng([1, 2, 3]))
  await truncate(large, 8 * 1024 * 1024 + 1)
  expect(await assets('add', 'acme', large)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('8.0 MiB are taken'),
  })
  expect((await assets('add', 'acme', join(folder, 'about.md'))).stderr).toContain('of no kind that brands keep')
  expect((await assets('add', 'acme', join(folder, 'nothing.png'))).stderr).toContain('cannot be read')
  expect((await assets('get', 'acme', 'nothing.png')).stderr).toContain('acme has no file of the name nothing.png')
  expect((await assets('add', 'nobody', svg)).stderr).toContain('There is no such brand')
})
