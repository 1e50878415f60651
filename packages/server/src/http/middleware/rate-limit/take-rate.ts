import type { HttpContext } from '../../env.ts'
import type { RateLimitName, RateLimits } from '../../rate-limits.ts'
import { RequestError } from '../../request-error.ts'

/**
 * Counts a request and tells in its answer where the limit stands, in the fields of
 * draft-ietf-httpapi-ratelimit-headers-10. Throws `http.rate_limited` where the limit is reached.
 */
export async function takeRate(
  context: HttpContext,
  limits: RateLimits,
  { name, key }: { readonly name: RateLimitName; readonly key: string },
): Promise<void> {
  const taken = await limits.take(name, key)
  const headers = {
    'RateLimit-Policy': `"${name}";q=${taken.limit};w=${taken.windowSeconds}`,
    RateLimit: `"${name}";r=${taken.remaining};t=${Math.ceil(taken.resetMs / 1000)}`,
  }
  for (const [field, value] of Object.entries(headers)) context.header(field, value)
  if (taken.allowed) return
  throw new RequestError('http.rate_limited', `The limit "${name}" of ${taken.limit} a minute is reached`, {
    status: 429,
    kind: 'rate_limited',
    headers,
    retryable: true,
    retryAfterMs: taken.resetMs,
    hint: 'Wait as long as Retry-After says.',
  })
}
