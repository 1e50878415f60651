import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import type { HttpEnv } from '../../env.ts'
import { bodyTooLarge } from '../../read-bytes.ts'

/** What is taken from anybody: 1 MiB. */
export const maxBodyBytes = 1024 * 1024

const limit = bodyLimit({
  maxSize: maxBodyBytes,
  onError: () => {
    throw bodyTooLarge(maxBodyBytes, 'Send less at once; documents come in by an import.')
  },
})

/**
 * Refuses bodies above 1 MiB, whether they tell their length or not. A route that takes files reads its body itself, as
 * far as its own limit, and not before it is known who sends it: `isUpload` tells which those are.
 */
export function limitBody(isUpload: (method: string, path: string) => boolean) {
  return createMiddleware<HttpEnv>(async (context, next) => {
    if (isUpload(context.req.method, context.req.path)) return next()
    return limit(context, next)
  })
}
