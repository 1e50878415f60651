import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestDatabase } from '../../../test/database.ts'
import { addOddRows } from '../../../test/odd-rows.ts'
import type { Database } from '../../db/index.ts'
import { backUp } from './back-up.ts'
import { inspectBackup } from './restore.ts'

const onProgress = () => {}
let folder: string
let path: string
let bytes: Buffer
let database: Database

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-backup-file-'))
  database = await openTestDatabase('embedded')
  await addOddRows(database, { name: 'One', email: 'one@example.com', masterKey: Buffer.alloc(32) })
  path = join(folder, 'whole.neonhub')
  await backUp(database, { path, organization: undefined, replaces: false, onProgress })
  bytes = await readFile(path)
})
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

/** A bound test of damage prints its seed, so that a failure can be seen again. */
const seed = Date.now() % 100_000
const offsets = (count: number) =>
  Array.from({ length: count }, (_, index) => Math.floor(((Math.sin(seed + index) + 1) / 2) * (bytes.length - 1)))

test('a file that was cut at any place is refused', async () => {
  for (const length of [0, 1, 16, 17, 40, bytes.length - 33, bytes.length - 32, bytes.length - 1, ...offsets(20)]) {
    const cut = join(folder, 'cut.neonhub')
    await writeFile(cut, bytes.subarray(0, length))
    await expect(inspectBackup(cut, onProgress), `${length} bytes, seed ${seed}`).rejects.toMatchObject({
      code: length < 17 ? 'backup.file_foreign' : 'backup.file_damaged',
      hint: expect.any(String),
    })
  }
})

test('a file with one byte changed, one more, or two exchanged is refused, wherever it is', async () => {
  for (const at of [0, 17, 18, bytes.length - 32, bytes.length - 1, ...offsets(40)]) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
    const damaged = join(folder, 'changed.neonhub')
    await writeFile(damaged, changed)
    await expect(inspectBackup(damaged, onProgress), `byte ${at}, seed ${seed}`).rejects.toMatchObject({
      code: at < 17 ? 'backup.file_foreign' : 'backup.file_damaged',
    })
  }
  const longer = join(folder, 'longer.neonhub')
  await writeFile(longer, Buffer.concat([bytes, Buffer.from([0])]))
  await expect(inspectBackup(longer, onProgress)).rejects.toMatchObject({ code: 'backup.file_damaged' })
})

test('a file is for its user alone, and nothing else is left beside it', async () => {
  expect(((await stat(path)).mode & 0o777).toString(8)).toBe('600')
  expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).toEqual([])
  expect(await inspectBackup(path, onProgress)).toMatchObject({ scope: { kind: 'installation' } })
})

test('a file that is there is kept, unless it is to be replaced', async () => {
  const again = (replaces: boolean) => backUp(database, { path, organization: undefined, replaces, onProgress })
  await expect(again(false)).rejects.toMatchObject({ code: 'backup.file_exists' })
  expect((await readFile(path)).equals(bytes)).toBe(true)
  await again(true)
  await inspectBackup(path, onProgress)
  await writeFile(path, bytes)
})

test('a folder that is not there, or is a file, is told by its name', async () => {
  for (const place of [join(folder, 'nowhere', 'a.neonhub'), join(path, 'a.neonhub')]) {
    await expect(
      backUp(database, { path: place, organization: undefined, replaces: false, onProgress }),
    ).rejects.toMatchObject({ code: 'backup.file_unwritable', message: expect.stringContaining(place) })
  }
})

test('a backup that fails in the middle leaves no file, and the file that it was to replace', async () => {
  const failing = backUp(database, {
    path,
    organization: undefined,
    replaces: true,
    onProgress: ({ table }) => {
      if (table === 'llm_calls') throw new Error('the database went away')
    },
  })
  await expect(failing).rejects.toThrow('the database went away')
  expect((await readFile(path)).equals(bytes)).toBe(true)
  expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).toEqual([])
})

const mountSmallDisk = (place: string) => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', place], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

test('a full disk is told as such and leaves nothing', async ({ skip }) => {
  const disk = await mkdtemp(join(tmpdir(), 'neonhub-small-disk-'))
  if (!mountSmallDisk(disk)) {
    await rm(disk, { recursive: true })
    return skip('only root may mount a small disk')
  }
  try {
    await mkdir(join(disk, 'backups'))
    await writeFile(join(disk, 'filler'), Buffer.alloc(12_000))
    const full = join(disk, 'backups', 'full.neonhub')
    await expect(
      backUp(database, { path: full, organization: undefined, replaces: false, onProgress }),
    ).rejects.toMatchObject({ code: 'backup.disk_full', message: expect.stringContaining(full) })
    expect(await readdir(join(disk, 'backups'))).toEqual([])
  } finally {
    execFileSync('umount', [disk])
    await rm(disk, { recursive: true })
  }
})
