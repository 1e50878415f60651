import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readFolder, type ReadFolderOptions } from './read-folder.ts'
import type { SourceItem } from './source-item.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-folder-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const write = async (path: string, content: string | Uint8Array) => {
  await mkdir(join(folder, path, '..'), { recursive: true })
  await writeFile(join(folder, path), content)
}
const read = (options?: ReadFolderOptions): Promise<SourceItem[]> => Array.fromAsync(readFolder(folder, options))
const brief = (items: readonly SourceItem[]) =>
  items.map((item) => (item.kind === 'document' ? item.path : `${item.path}: ${item.reason}, keeps ${item.keeps}`))

test('reads documents of every known form in the order of their paths and leaves the rest alone', async () => {
  for (const path of ['b.md', 'a/z.HTML', 'a/b/c.txt', 'd.rst', 'e.mdx', '.git/x.md', '.hidden.md', 'f.png'])
    await write(path, '# Hello')
  await write('node_modules/pkg/readme.md', '# Not ours')
  const items = await read()
  expect(brief(items)).toEqual(['a/b/c.txt', 'a/z.HTML', 'b.md', 'd.rst', 'e.mdx'])
  expect(items.map((item) => item.kind === 'document' && item.mediaType)).toEqual([
    'text/plain',
    'text/html',
    'text/markdown',
    'text/plain',
    'text/mdx',
  ])
})

test('the hash is of the text, so that line ends and byte order marks do not change it', async () => {
  await write('a.md', 'One\nTwo é')
  await write('b.md', '\uFEFFOne\r\nTwo é')
  await write('c.md', Buffer.from('\uFEFFOne\rTwo é', 'utf16le'))
  await write('d.md', Buffer.from('\uFEFFOne\rTwo é', 'utf16le').swap16())
  const hashes = (await read()).map((item) => (item.kind === 'document' ? item.sha256 : item.message))
  expect(new Set(hashes).size).toBe(1)
  expect(hashes).toHaveLength(4)
})

test('files that are no text are skipped with the reason', async () => {
  await write('binary.md', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x00, 0x01]))
  await write('empty.md', ' \n\t\n')
  await write('latin1.txt', Buffer.from('caf\xe9', 'latin1'))
  await write('no-mark.txt', Buffer.from('UTF-16 without its mark', 'utf16le'))
  await write('ok.md', 'ok')
  expect(brief(await read())).toEqual([
    'binary.md: binary, keeps path',
    'empty.md: empty, keeps nothing',
    'latin1.txt: encoding, keeps path',
    'no-mark.txt: binary, keeps path',
    'ok.md',
  ])
})

test('a file of 50 GiB is skipped without being read into memory', async () => {
  await write('ok.md', 'ok')
  await write('dump.md', 'x')
  await truncate(join(folder, 'dump.md'), 50 * 1024 ** 3)
  const before = process.memoryUsage().rss
  const items = await read()
  expect(items[0]).toMatchObject({
    path: 'dump.md',
    reason: 'too_large',
    message: expect.stringContaining('51200 MiB'),
  })
  expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 ** 2)
})

test('links that leave the folder are refused and loops end', async () => {
  const outside = await mkdtemp(join(tmpdir(), 'neonhub-outside-'))
  await writeFile(join(outside, 'secret.md'), 'secret')
  await write('docs/a.md', 'a')
  await symlink(join(outside, 'secret.md'), join(folder, 'escape.md'))
  await symlink(outside, join(folder, 'escape-folder'))
  await symlink(folder, join(folder, 'docs/loop'))
  await symlink(join(folder, 'nowhere.md'), join(folder, 'dangling.md'))
  const items = await read()
  await rm(outside, { recursive: true })
  expect(JSON.stringify(items)).not.toContain('secret"')
  expect(brief(items)).toEqual([
    'dangling.md: link, keeps nothing',
    'docs/a.md',
    'docs/loop: link, keeps nothing',
    'escape-folder: link, keeps nothing',
    'escape.md: link, keeps nothing',
  ])
})

test.skipIf(process.getuid?.() === 0)('a subfolder without read rights keeps what was imported from it', async () => {
  await write('ok.md', 'ok')
  await write('locked/a.md', 'a')
  await chmod(join(folder, 'locked'), 0o000)
  const items = await read()
  await chmod(join(folder, 'locked'), 0o700)
  expect(brief(items)).toEqual(['locked/: unreadable, keeps folder', 'ok.md'])
})

test('excluded files are not yielded, and a folder of only them is not empty', async () => {
  await write('voice.md', 'Plain words.')
  expect(await read({ exclude: (path) => path === 'voice.md' })).toEqual([])
})

test('a folder that is missing, a file or empty is a clear error', async () => {
  await expect(read()).rejects.toMatchObject({ code: 'knowledge.folder_empty', hint: expect.stringContaining('.md') })
  await write('empty.md', '')
  await expect(read()).rejects.toMatchObject({
    code: 'knowledge.folder_empty',
    hint: expect.stringContaining('1 found'),
  })
  await expect(Array.fromAsync(readFolder(join(folder, 'none')))).rejects.toMatchObject({
    code: 'knowledge.folder_missing',
  })
  await expect(Array.fromAsync(readFolder(join(folder, 'empty.md')))).rejects.toMatchObject({
    code: 'knowledge.folder_unreadable',
  })
})
