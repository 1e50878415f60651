import { readFile } from 'node:fs/promises'
import { stdin } from 'node:process'
import { text as readStream } from 'node:stream/consumers'
import { parse as parseYaml } from 'yaml'
import { messageOf, NeonHubError } from '../base/errors.ts'

/**
 * What a YAML or JSON file that a person names holds; `-` is standard input. Throws `cli.file_unreadable` with the line
 * of a fault and `hint`.
 */
export async function readYamlFile(path: string, { hint }: { readonly hint: string }): Promise<unknown> {
  const name = path === '-' ? 'standard input' : path
  const refuse = (message: string, cause: unknown) =>
    new NeonHubError('cli.file_unreadable', `${name} ${message}`, { kind: 'invalid', hint, cause })
  const text = await (path === '-' ? readStream(stdin) : readFile(path, 'utf8')).catch((error: unknown) => {
    throw refuse(`cannot be read: ${reasonOf(error)}`, error)
  })
  try {
    return parseYaml(text)
  } catch (error) {
    // The parser draws the place below its message, for a wider page than an error's line.
    const [reason = ''] = messageOf(error).split('\n', 1)
    throw refuse(`is neither YAML nor JSON: ${reason.replace(/:$/, '')}`, error)
  }
}

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
