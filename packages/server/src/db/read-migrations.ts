import { readdir, readFile } from 'node:fs/promises'
import { sha256 } from '../base/json.ts'

const ownFolder = new URL('../../migrations/', import.meta.url)
const fileName = /^(\d{4})_([a-z0-9_]+)\.sql$/
/** What a migration says in its first lines that must run outside of a transaction. */
const outsideOfTransaction = /^--\s*transaction:\s*none\s*$/m
const headComment = /^(?:[ \t]*--[^\n]*\n|[ \t]*\n)*/

/** One file of `migrations/`. */
export interface Migration {
  readonly version: number
  /** The file's name. */
  readonly name: string
  /** SHA-256 of the file, by which a later change of it is found. */
  readonly checksum: string
  readonly text: string
  /** False where the file's head says `-- transaction: none`: its statements then run one by one. */
  readonly isTransactional: boolean
}

/** Reads every migration, oldest first. `folder` ends with a slash; absent, it is this version's own. */
export async function readMigrations(folder: URL = ownFolder): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => fileName.test(name)).toSorted()
  return Promise.all(
    names.map(async (name) => {
      // A checkout that ends lines as Windows does is the same migration.
      const text = (await readFile(new URL(name, folder), 'utf8')).replaceAll('\r\n', '\n')
      const head = headComment.exec(text)?.[0] ?? ''
      return {
        version: Number(name.slice(0, 4)),
        name,
        checksum: sha256(text),
        text,
        isTransactional: !outsideOfTransaction.test(head),
      }
    }),
  )
}
