import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { NeonHubError } from '../base/errors.ts'

/** Longest path of a Unix socket that every system takes (`sun_path`: 104 bytes on macOS, 108 on Linux). */
const longestSocketPath = 100

/**
 * Where a folder's lock listens: in the folder itself, so that every process finds the same one whatever its `TMPDIR`;
 * where the path is too long for a socket, under a fixed name in `/tmp`.
 */
function lockPath(folder: string): string {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 32)
  if (process.platform === 'win32') return `\\\\.\\pipe\\neonhub-${name}`
  const inside = join(folder, 'lock.sock')
  return Buffer.byteLength(inside) <= longestSocketPath ? inside : `/tmp/neonhub-${name}.sock`
}

/**
 * Holds a data folder for this process, by listening on a socket named after it: the system closes it with the process,
 * so a killed holder leaves no lock behind, which a file with a process id would. `folder` is its real path.
 * Throws `db.folder_in_use` where another process answers. Returns what lets go.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = lockPath(folder)
  if (await answers(path)) {
    throw new NeonHubError('db.folder_in_use', `The data folder ${folder} is in use by another process`, {
      kind: 'conflict',
      hint: 'Stop the other NeonHub, or name another folder in NEONHUB_DATA_DIR.',
    })
  }
  await rm(path, { force: true })
  const server = createServer((socket) => socket.end())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  server.unref()
  return () => new Promise((resolve) => server.close(() => resolve()))
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    // Refused or absent: nobody listens there any more.
    socket.once('error', () => resolve(false))
  })
}
