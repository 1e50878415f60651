import { NeonHubError } from '../base/errors.ts'
import { findUnstorableText } from '../base/storable-text.ts'

/**
 * Refuses a part of a request that holds a text which no database takes: what came in would not be what is kept.
 * Throws `http.text_unstorable` with the place.
 */
export function refuseUnstorable(part: 'path' | 'query' | 'body', value: unknown): void {
  const place = findUnstorableText(value)
  if (place === undefined) return
  const path = place === '(root)' ? part : `${part}${place.startsWith('[') ? '' : '.'}${place}`
  const message = 'holds a NUL or half a surrogate pair'
  throw new NeonHubError('http.text_unstorable', `The request cannot be taken: ${path} ${message}`, {
    kind: 'invalid',
    hint: 'Take the character out.',
    issues: [{ path, message }],
  })
}
