import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FirstOrganization } from '../identity/index.ts'

/** Where the first owner's address and password stand, for whoever can read the data folder. */
export const signInPath = (dataDir: string): string => join(dataDir, 'sign-in.txt')

/**
 * Keeps the password of an owner that was just made, in a file that only this user can read. Whichever command comes
 * first makes the owner, and nobody else ever knows the password: so it is kept here, before anything is shown.
 */
export async function keepSignIn(
  { owner }: FirstOrganization,
  { dataDir, url }: { readonly dataDir: string; readonly url: string },
): Promise<void> {
  if (!owner) return
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await writeFile(signInPath(dataDir), `${url}\n${owner.email}\n${owner.password}\n`, { mode: 0o600 })
}

/** Puts an owner's new password in place of the old one, where the file keeps that owner's. Says whether it does. */
export async function renewSignIn(
  { email, password }: { readonly email: string; readonly password: string },
  { dataDir }: { readonly dataDir: string },
): Promise<boolean> {
  const text = await readFile(signInPath(dataDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return ''
    throw error
  })
  const [url, kept] = text.split('\n')
  if (kept !== email) return false
  await writeFile(signInPath(dataDir), `${url}\n${email}\n${password}\n`, { mode: 0o600 })
  return true
}
