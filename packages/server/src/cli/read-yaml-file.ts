import { parse as parseYaml } from 'yaml'
import { messageOf, NeonHubError } from '../base/errors.ts'
import { nameOf, readTextFile } from './read-text-file.ts'

/**
 * What a YAML or JSON file that a person names holds; `-` is standard input. Throws `cli.file_unreadable` with the line
 * of a fault and `hint`.
 */
export async function readYamlFile(path: string, { hint }: { readonly hint: string }): Promise<unknown> {
  const text = await readTextFile(path, { hint })
  try {
    return parseYaml(text)
  } catch (error) {
    // The parser draws the place below its message, for a wider page than an error's line.
    const [reason = ''] = messageOf(error).split('\n', 1)
    const fault = `is neither YAML nor JSON: ${reason.replace(/:$/, '')}`
    throw new NeonHubError('cli.file_unreadable', `${nameOf(path)} ${fault}`, { kind: 'invalid', hint, cause: error })
  }
}
