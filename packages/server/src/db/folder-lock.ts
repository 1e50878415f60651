import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NeonHubError } from '../base/errors.ts'

/**
 * Holds a data folder for this process, by listening on a socket named after it: the system closes it with the process,
 * so a killed holder leaves no lock behind, which a file with a process id would.
 * Throws `db.folder_in_use` where another process answers. Returns what lets go.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 32)
  const path = process.platform === 'win32' ? `\\\\.\\pipe\\neonhub-${name}` : join(tmpdir(), `neonhub-${name}.sock`)
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
