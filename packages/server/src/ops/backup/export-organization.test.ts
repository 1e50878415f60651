import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { databaseKinds, isMissing, openTestDatabase } from '../../../test/database.ts'
import { addOddRows, type OddRows } from '../../../test/odd-rows.ts'
import type { Database } from '../../db/index.ts'
import { exportOrganization } from './export-organization.ts'

const onProgress = () => {}
const Manifest = z.object({ tables: z.record(z.string(), z.object({ columns: z.array(z.string()) })) })

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`an export on the ${kind} database`, () => {
    let database: Database
    let client: OddRows
    let other: OddRows
    let root: string
    let folder: string

    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'neonhub-export-'))
      folder = join(root, 'client')
      database = await openTestDatabase(kind)
      const masterKey = Buffer.alloc(32)
      client = await addOddRows(database, { name: 'Client', email: 'client@example.com', masterKey, rows: 500 })
      other = await addOddRows(database, { name: 'Other', email: 'other@example.com', masterKey })
    })
    afterAll(async () => {
      await database.close()
      await rm(root, { recursive: true, force: true })
    })

    test('has each row of the organization as one JSON object, as the manifest says, and nobody else’s', async () => {
      const { tables } = await exportOrganization(database, { slug: client.slug, folder, onProgress })
      expect(tables).toMatchObject({ llm_calls: { rows: 500 }, users: { rows: 1 }, agent_runs: { rows: 3 } })
      const manifest: unknown = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))
      expect(manifest).toMatchObject({ organization: { slug: client.slug }, tables })
      expect((await readdir(folder)).toSorted()).toEqual(
        [...Object.values(tables).map(({ file }) => file), 'manifest.json'].toSorted(),
      )
      for (const { file, rows, sha256, columns } of Object.values(tables)) {
        const bytes = await readFile(join(folder, file))
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
        const text = bytes.toString('utf8')
        expect(text).not.toContain(other.organizationId)
        const lines = text.trimEnd().split('\n')
        expect(lines).toHaveLength(rows)
        for (const line of lines) expect(Object.keys(JSON.parse(line))).toEqual(columns)
      }
      expect(((await stat(join(folder, 'users.jsonl'))).mode & 0o777).toString(8)).toBe('600')
    })

    test('has no secret: no password, no key, no sealed credential, and no column that is called so', async () => {
      const files = await readdir(folder)
      expect(files.filter((name) => /credentials|accounts|sessions|tokens|two_factors/.test(name))).toEqual([])
      const { tables } = Manifest.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')))
      const columns = Object.values(tables).flatMap((table) => table.columns)
      expect(columns.filter((name) => /password|secret|sealed|(^|_)token$|private/.test(name))).toEqual([])
      expect(tables['api_keys']?.columns).not.toContain('hash')
      for (const name of files) expect(await readFile(join(folder, name), 'utf8')).not.toContain('salt:hash')
    })

    test('is refused into a folder that has something in it, and for an organization that is not there', async () => {
      await expect(exportOrganization(database, { slug: client.slug, folder, onProgress })).rejects.toMatchObject({
        code: 'export.folder_taken',
      })
      await expect(
        exportOrganization(database, { slug: 'nobody', folder: join(root, 'nobody'), onProgress }),
      ).rejects.toMatchObject({ code: 'ops.organization_unknown' })
      await writeFile(join(root, 'file'), '')
      await expect(
        exportOrganization(database, { slug: client.slug, folder: join(root, 'file', 'x'), onProgress }),
      ).rejects.toMatchObject({ code: 'export.folder_unwritable' })
      const empty = join(root, 'empty')
      await mkdir(empty)
      await exportOrganization(database, { slug: client.slug, folder: empty, onProgress })
      expect((await readdir(root)).filter((name) => name.endsWith('.partial'))).toEqual([])
    })
  })
}
