import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { runCli } from '../../test/cli.ts'
import { makeDataDir } from '../../test/database.ts'
import { type RunningServer, startServer } from '../../test/running-server.ts'

let folder: string
let environment: Record<string, string>
let server: RunningServer | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-memories-'))
  environment = { NEONHUB_DATA_DIR: await makeDataDir(join(folder, 'data')) }
  server = await startServer(environment)
  const brand = join(folder, 'brand')
  await mkdir(brand)
  await writeFile(join(brand, 'mills.md'), '# Mills\n\nA mill wants oil once a year, and no water.\n')
  const imported = await runCli(['brand', 'import', brand, '--slug', 'acme'], { environment })
  expect(imported.code).toBe(0)
}, 300_000)
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const memories = (...words: string[]) => runCli(['memories', ...words], { environment })
const Made = z.object({ id: z.string() })

test('a memory is added, listed by its brand, pinned, replaced and forgotten', { timeout: 300_000 }, async () => {
  const added = await memories('add', '--brand', 'acme', '--text', 'Say mills', '--kind', 'preference', '--json')
  expect(added.json).toMatchObject({ brand: 'acme', text: 'Say mills', kind: 'preference', pinned: false })
  const { id } = Made.parse(added.json)
  expect((await memories('pin', id, '--json')).json).toMatchObject({ pinned: true })
  expect((await memories('--of', 'acme')).stdout).toMatch(/pinned\s+all\s+Say mills/)
  expect((await memories('--of', 'other', '--json')).json).toMatchObject({ memories: [] })
  const reworded = await memories('add', '--brand', 'acme', '--text', 'Say grinders', '--replaces', id, '--json')
  expect((await memories('show', id)).stdout).toContain('replaced')
  expect((await memories('forget', Made.parse(reworded.json).id)).stdout).toBe('Forgotten: Say grinders\n')
  expect((await memories('show', id)).stderr).toContain('There is no such memory')
})
