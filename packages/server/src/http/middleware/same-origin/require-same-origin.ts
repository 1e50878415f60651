import { createMiddleware } from 'hono/factory'
import { NeonHubError } from '../../../base/errors.ts'
import type { HttpEnv } from '../../env.ts'

const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Lets a session's cookie change things only from a page of this server: browsers send the cookie with requests of
 * foreign pages too, and say by Fetch Metadata and `Origin`, which no page can forge, where those come from. A request
 * that says neither is refused. Keys and tokens are sent on purpose and need no such proof.
 */
export function requireSameOrigin(trustedOrigins: readonly string[]) {
  return createMiddleware<HttpEnv>(async (context, next) => {
    if (safe.has(context.req.method) || !context.get('caller')?.throughCookie) return next()
    const origin = context.req.header('origin')
    const isOurs = origin !== undefined && trustedOrigins.includes(origin)
    if (isOurs || context.req.header('sec-fetch-site') === 'same-origin') return next()
    throw new NeonHubError('http.cross_site', 'A page of another site may not do this with your session', {
      kind: 'forbidden',
      hint: 'Open NeonHub at its own address, or use an API key.',
    })
  })
}
