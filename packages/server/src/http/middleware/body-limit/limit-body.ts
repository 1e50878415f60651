import { bodyLimit } from 'hono/body-limit'
import { NeonHubError } from '../../../base/errors.ts'

const maxBytes = 1024 * 1024

/** Refuses bodies above 1 MiB, whether they tell their length or not. */
export const limitBody = bodyLimit({
  maxSize: maxBytes,
  onError: () => {
    throw new NeonHubError('http.body_too_large', 'The body is larger than 1 MiB', {
      kind: 'too_large',
      hint: 'Send less at once; documents come in by an import.',
    })
  },
})
