import { readFile } from 'node:fs/promises'
import { stdin } from 'node:process'
import { text as readStream } from 'node:stream/consumers'
import { messageOf, NeonHubError } from '../base/errors.ts'

/** The text of a file that a person names; `-` is standard input. Throws `cli.file_unreadable` with `hint`. */
export async function readTextFile(path: string, { hint }: { readonly hint: string }): Promise<string> {
  return (path === '-' ? readStream(stdin) : readFile(path, 'utf8')).catch((error: unknown) => {
    throw new NeonHubError('cli.file_unreadable', `${nameOf(path)} cannot be read: ${reasonOf(error)}`, {
      kind: 'invalid',
      hint,
      cause: error,
    })
  })
}

/** What a message calls the file. */
export const nameOf = (path: string): string => (path === '-' ? 'standard input' : path)

function reasonOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return messageOf(error)
  switch (error.code) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EISDIR':
      return 'it is a folder'
    case 'EACCES':
      return 'this user may not read it'
    default:
      return error.message
  }
}
