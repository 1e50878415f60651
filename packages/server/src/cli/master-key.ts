import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../base/json.ts'
import { NeonHubError } from '../base/errors.ts'

const fileName = 'secret'

interface SecretPlace {
  readonly secret: string | undefined
  readonly dataDir: string
}

/** The same where there is one; none is made. */
export async function findMasterKey({ secret, dataDir }: SecretPlace): Promise<Uint8Array | undefined> {
  if (secret !== undefined) return Buffer.from(sha256(secret), 'hex')
  const path = join(dataDir, fileName)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw unreadable(path, error)
  })
  if (text === undefined) return undefined
  const key = Buffer.from(text.trim(), 'base64url')
  if (key.length === 32) return key
  throw unreadable(path, new Error('it does not hold 32 bytes'))
}

/**
 * The 32 bytes that seal credentials and sign sessions: from `NEONHUB_SECRET`, else from a file in the data folder that
 * is made at the first start. Whoever backs up the database needs this too.
 */
export async function readMasterKey(place: SecretPlace): Promise<Uint8Array> {
  const found = await findMasterKey(place)
  if (found) return found
  const { dataDir } = place
  const path = join(dataDir, fileName)
  const key = randomBytes(32)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  // `wx`: of two processes that start at once, one makes the key and the other reads it.
  await writeFile(path, `${key.toString('base64url')}\n`, { mode: 0o600, flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw unreadable(path, error)
    },
  )
  return Buffer.from((await readFile(path, 'utf8')).trim(), 'base64url')
}

function unreadable(path: string, cause: Error): NeonHubError {
  return new NeonHubError('cli.secret_unreadable', `The secret in ${path} cannot be used: ${cause.message}`, {
    kind: 'unavailable',
    hint: 'Restore the file from a backup, give this user the right to read it, or set NEONHUB_SECRET.',
    cause,
  })
}
