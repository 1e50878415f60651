import { createMiddleware } from 'hono/factory'
import { clientAddressOf, type HttpEnv } from '../../env.ts'
import type { RateLimits } from '../../rate-limits.ts'
import { takeRate } from './take-rate.ts'

/** The general limit: of each principal, or of each address where nobody had to sign in. */
export function limitRequests(limits: RateLimits, publicLimit: 'public' | 'webhooks' = 'public') {
  return createMiddleware<HttpEnv>(async (context, next) => {
    const caller = context.get('caller')
    await takeRate(
      context,
      limits,
      caller ? { name: 'requests', key: caller.name } : { name: publicLimit, key: clientAddressOf(context) },
    )
    await next()
  })
}
