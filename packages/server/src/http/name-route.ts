import { createMiddleware } from 'hono/factory'
import type { HttpEnv } from './env.ts'

/** Tells metrics and log the template of the route that a request matched. */
export function nameRoute(template: string) {
  return createMiddleware<HttpEnv>(async (context, next) => {
    context.set('route', template)
    await next()
  })
}
