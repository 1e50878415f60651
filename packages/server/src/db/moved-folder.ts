import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NeonHubError } from '../base/errors.ts'

const pathIn = (folder: string) => join(folder, 'moved.txt')

/**
 * Leaves word in a data folder that its database lives elsewhere now. Opened again, both would go on with the same runs
 * and send what they have to send twice. `place` is the new one without its password.
 */
export async function markMoved(folder: string, place: string): Promise<void> {
  await writeFile(pathIn(folder), `${place}\n`, { mode: 0o600 })
}

/** Throws `db.folder_moved` where such word was left. */
export async function assertNotMoved(folder: string): Promise<void> {
  const place = await readFile(pathIn(folder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (place === undefined) return
  throw new NeonHubError('db.folder_moved', `The database of ${folder} was moved to ${place.trim()}`, {
    kind: 'conflict',
    hint: `Set DATABASE_URL to that server. To use the old copy after all, once nothing runs on the new one, remove ${pathIn(folder)}.`,
  })
}
