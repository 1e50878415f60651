import { createMiddleware } from 'hono/factory'
import type { Metrics } from '../../../base/metrics.ts'
import type { HttpEnv } from '../../env.ts'

/** Methods that are labels. A made-up one would be a new series each time. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Counts and times requests by the template of their route. */
export function recordMetrics({ httpRequests, httpSeconds }: Pick<Metrics, 'httpRequests' | 'httpSeconds'>) {
  return createMiddleware<HttpEnv>(async (context, next) => {
    context.set('route', 'unmatched')
    const stopTimer = httpSeconds.startTimer()
    await next()
    const labels = {
      method: methods.has(context.req.method) ? context.req.method : 'other',
      route: context.get('route'),
    }
    stopTimer(labels)
    httpRequests.inc({ ...labels, status: String(context.res.status) })
  })
}
