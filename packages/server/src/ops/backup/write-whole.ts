import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { pid } from 'node:process'
import { NeonHubError } from '../../base/errors.ts'

/**
 * Writes a file that only this user can read, whole or not at all: under another name beside it, brought to the disk,
 * and only then renamed. Throws `backup.file_exists` unless it `replaces`, `backup.disk_full`, `backup.file_unwritable`.
 */
export async function writeWhole(
  path: string,
  { replaces }: { readonly replaces: boolean },
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  if (!replaces && (await exists(path))) throw fileExists(path)
  const partial = `${path}.${pid}.partial`
  try {
    const file = await open(partial, 'wx', 0o600)
    try {
      await writeAndClose(file, write)
      await (replaces ? rename(partial, path) : giveName(partial, path))
    } finally {
      await rm(partial, { force: true })
    }
    await syncFolder(dirname(resolve(path)))
  } catch (error) {
    throw explain(error, path)
  }
}

/** A link is refused where the name was taken meanwhile, which a rename would overwrite; not every disk has links. */
async function giveName(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error
    await rename(partial, path)
  }
}

async function writeAndClose(file: FileHandle, write: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await write(file)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A new name is on the disk once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

const fileExists = (path: string) =>
  new NeonHubError('backup.file_exists', `${path} is there already`, {
    kind: 'conflict',
    hint: 'Name another file, or add --replace to put the new one in its place once it is complete.',
  })

const systemCall = /^E[A-Z]+$/

function explain(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error
  if (error.code === 'EEXIST') return fileExists(path)
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new NeonHubError('backup.disk_full', `The disk is full: ${path} was not written`, {
      kind: 'unavailable',
      hint: 'Make room there or name a file on another disk. Nothing is left of this one, and the database is untouched.',
      cause: error,
    })
  }
  // Anything else with such a code may be the database's connection, which tells of itself.
  if (!systemCall.test(error.code) || !('syscall' in error) || !('path' in error)) return error
  return new NeonHubError('backup.file_unwritable', `${path} cannot be written: ${error.message}`, {
    kind: 'unavailable',
    hint: 'Name a file in a folder that is there and that this user may write.',
    cause: error,
  })
}
