import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { NeonHubError } from '../base/errors.ts'

/** Where a running server of a data folder answers, and the token that lets this machine's operator in. */
const ServerFile = z.object({ url: z.url(), token: z.string() })
export type ServerFile = z.output<typeof ServerFile>

const pathIn = (dataDir: string) => join(dataDir, 'server.json')

/** Tells the commands on this machine of this server. Only the same user can read it. */
export async function writeServerFile(dataDir: string, file: ServerFile): Promise<void> {
  await rm(pathIn(dataDir), { force: true })
  await writeFile(pathIn(dataDir), JSON.stringify(file), { mode: 0o600 })
}

export async function removeServerFile(dataDir: string): Promise<void> {
  await rm(pathIn(dataDir), { force: true })
}

/**
 * The server that last used this data folder, if it still answers. A killed one leaves its file behind.
 * Throws `cli.folder_unreadable` where the folder is another user's.
 */
export async function findRunningServer(dataDir: string): Promise<ServerFile | undefined> {
  const text = await readFile(pathIn(dataDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw new NeonHubError('cli.folder_unreadable', `The data folder ${dataDir} cannot be read: ${error.message}`, {
      kind: 'unavailable',
      hint: 'Run this as the user who started NeonHub, or name another folder in NEONHUB_DATA_DIR.',
      cause: error,
    })
  })
  if (text === undefined) return undefined
  const parsed = ServerFile.safeParse(parseJson(text))
  if (!parsed.success) return undefined
  return (await isAnswering(parsed.data)) ? parsed.data : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Half written by a process that was killed: as good as absent.
    return undefined
  }
}

async function isAnswering({ url, token }: ServerFile): Promise<boolean> {
  try {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${url}/v1/me`, { headers, signal: AbortSignal.timeout(3_000) })
    // Another program on the port, or another server of ours with a token of its own.
    return response.ok
  } catch {
    return false
  }
}
