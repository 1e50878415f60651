import { NeonHubError } from '../base/errors.ts'
import { isId } from '../base/ids.ts'

/** An id as a person typed it. Throws `cli.id_invalid`. */
export function parseId(text: string): string {
  if (isId(text)) return text
  throw new NeonHubError('cli.id_invalid', `"${text}" is not an id`, {
    kind: 'invalid',
    hint: 'Ids look like 01a20524-15a1-712e-bcc5-5341ae7dfa65; neonhub runs, approvals, connections and keys list them.',
  })
}
