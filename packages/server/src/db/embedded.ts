import { access, constants, mkdir, realpath, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { citext } from '@electric-sql/pglite/contrib/citext'
import { vector } from '@electric-sql/pglite-pgvector'
import { messageOf, NeonHubError } from '../base/errors.ts'
import { EmbeddedPool } from './embedded-pool.ts'
import { lockFolder } from './folder-lock.ts'
import { assertNotMoved } from './moved-folder.ts'

const int8 = 20

/**
 * Opens PostgreSQL inside this process, in `dataDir/postgres`, or in memory where `dataDir` is undefined; there it may
 * begin from `template`, a dump of another (`EmbeddedPool.dump`), which takes a fifth of the time.
 * Throws `db.folder_unwritable`, `db.folder_in_use`, `db.folder_moved`, `db.disk_full` or `db.folder_unreadable`, each
 * with what to do.
 */
export async function openEmbedded(dataDir: string | undefined, template?: Blob) {
  if (dataDir === undefined) {
    const database = await openPglite({ template })
    return { pool: new EmbeddedPool(database), unlock: async () => {} }
  }
  const folder = await makeFolder(dataDir)
  await assertNotMoved(folder)
  const unlock = await lockFolder(folder)
  try {
    return { pool: new EmbeddedPool(await openPglite({ path: join(folder, 'postgres') })), unlock }
  } catch (error) {
    await unlock()
    throw await explain(folder, error)
  }
}

/** PostgreSQL writes a segment of its log ahead: 16 MiB (wal_segment_size). */
const neededBytes = 32 * 1024 * 1024

/** PGlite says of most failures only that there was one, so the commonest reason is looked for. */
async function explain(folder: string, cause: unknown): Promise<NeonHubError> {
  const { bavail, bsize } = await statfs(folder)
  const freeBytes = bavail * bsize
  if (freeBytes < neededBytes) {
    const free = `${Math.floor(freeBytes / 1024 / 1024)} MiB`
    return new NeonHubError('db.disk_full', `The disk of the data folder ${folder} is full: ${free} are free`, {
      kind: 'unavailable',
      hint: 'Make room and start again; nothing that was on record is lost.',
      retryable: true,
      cause,
    })
  }
  return new NeonHubError('db.folder_unreadable', `The data folder ${folder} cannot be opened: ${messageOf(cause)}`, {
    kind: 'unavailable',
    hint: 'It may have been made by another version of PostgreSQL. Name another folder in NEONHUB_DATA_DIR, or restore a backup.',
    cause,
  })
}

/** Whether a data folder holds a database, so that a command that only looks need not make one. */
export async function embeddedExists(dataDir: string): Promise<boolean> {
  return access(join(dataDir, 'postgres', 'PG_VERSION')).then(
    () => true,
    () => false,
  )
}

async function openPglite({ path, template }: { path?: string; template?: Blob | undefined }): Promise<PGlite> {
  const database = new PGlite({
    ...(path === undefined ? {} : { dataDir: path }),
    ...(template === undefined ? {} : { loadDataDir: template }),
    extensions: { vector, citext },
    parsers: { [int8]: Number },
  })
  await database.waitReady
  // BullMQ names its tables without a schema and is handed this session.
  await database.exec('create schema if not exists bullmq; set search_path = public, bullmq')
  return database
}

async function makeFolder(dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await access(dataDir, constants.W_OK)
    return await realpath(dataDir)
  } catch (error) {
    throw new NeonHubError(
      'db.folder_unwritable',
      `The data folder ${dataDir} cannot be written: ${messageOf(error)}`,
      {
        kind: 'unavailable',
        hint: 'Give this user the right to write there, or name another folder in NEONHUB_DATA_DIR.',
        cause: error,
      },
    )
  }
}
