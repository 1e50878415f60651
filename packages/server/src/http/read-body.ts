import { messageOf, NeonHubError } from '../base/errors.ts'
import type { HttpContext } from './env.ts'
import { refuseUnstorable } from './refuse-unstorable.ts'
import { RequestError } from './request-error.ts'

const json = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i

/**
 * Reads a JSON body; no body at all reads as an empty object. Throws `http.media_type` (415), `http.body_malformed`,
 * `http.body_too_deep` and `http.text_unstorable`.
 */
export async function readBody(context: HttpContext): Promise<unknown> {
  const text = await context.req.text()
  if (text === '') return {}
  const mediaType = context.req.header('content-type') ?? ''
  if (!json.test(mediaType)) {
    throw new RequestError('http.media_type', `The body must be JSON, and is sent as "${mediaType}"`, {
      status: 415,
      hint: 'Send it with "Content-Type: application/json".',
    })
  }
  const value = parseJson(text)
  refuseDeep(value)
  refuseUnstorable('body', value)
  return value
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new NeonHubError('http.body_malformed', `The body is not JSON: ${messageOf(error)}`, {
      kind: 'invalid',
      cause: error,
    })
  }
}

/** What writes, hashes or compares a value calls itself for each level, and some thousands of them are more than a stack has. */
const mostLevels = 500

/** Level by level, and so not recursive itself. Throws `http.body_too_deep`. */
function refuseDeep(value: unknown): void {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > mostLevels) {
      throw new NeonHubError('http.body_too_deep', `The body nests more than ${mostLevels} levels deep`, {
        kind: 'invalid',
      })
    }
    level = level.flatMap((one): unknown[] => (typeof one === 'object' && one !== null ? Object.values(one) : []))
  }
}
