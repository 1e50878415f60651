import { routes } from '@neonhub/contract'
import { Hono } from 'hono'
import { NeonHubError } from '../base/errors.ts'
import type { HttpContext, HttpEnv } from './env.ts'
import { handleRoute } from './handle-route.ts'
import type { ImplementedRoute } from './implement.ts'
import { authenticate } from './middleware/authenticate/authenticate.ts'
import { limitBody } from './middleware/body-limit/limit-body.ts'
import { recordMetrics } from './middleware/metrics/record-metrics.ts'
import { requirePermission } from './middleware/permission/require-permission.ts'
import { limitRequests } from './middleware/rate-limit/limit-requests.ts'
import { requestId } from './middleware/request-id/request-id.ts'
import { requireSameOrigin } from './middleware/same-origin/require-same-origin.ts'
import { securityHeaders } from './middleware/security-headers/security-headers.ts'
import { nameRoute } from './name-route.ts'
import type { HttpParts } from './parts.ts'
import { problemResponse } from './problem.ts'
import { RequestError } from './request-error.ts'
import { addAuth } from './routes/api/auth/add-auth.ts'
import { addDocs } from './routes/docs/add-docs.ts'
import { implementedRoutes } from './routes/index.ts'
import { addWeb } from './routes/web/add-web.ts'

export type App = Hono<HttpEnv>

/** Routes that probes and scrapers ask all day: no limit stands before them. */
const unlimited = new Set(['/healthz', '/readyz', '/metrics'])

const inboundPath = routes.receiveWebhook.path

/**
 * The HTTP application. A request goes through: request id → metrics → body limit → who is it → may it → rate limit →
 * contract check → handler. The body of an upload is read by its handler, and limited there.
 */
export function createApp(parts: HttpParts): App {
  const app = new Hono<HttpEnv>()
  app.use(requestId, recordMetrics(parts.metrics), securityHeaders(parts.publicUrl), limitBody(isUpload))
  app.onError((error, context) => answerFailure(error, context, parts))
  app.notFound((context) => {
    throw new NeonHubError('http.route_unknown', `There is nothing at ${context.req.method} ${context.req.path}`, {
      kind: 'not_found',
      hint: 'GET /docs lists every operation.',
    })
  })
  for (const implemented of implementedRoutes) addRoute(app, parts, implemented)
  addAuth(app, parts)
  addDocs(app)
  refuseOtherMethods(app)
  addWeb(app, parts.webFolder)
  return app
}

const uploads = implementedRoutes
  .filter(({ route }) => route.request.bytes)
  .map(({ route: { method, path } }) => ({
    method: method.toUpperCase(),
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }))

const isUpload = (method: string, path: string) =>
  uploads.some((upload) => upload.method === method && upload.pattern.test(path))

/** `/v1/runs/{id}` as Hono writes it: `/v1/runs/:id`. */
const toHonoPath = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1')

function addRoute(app: App, parts: HttpParts, implemented: ImplementedRoute): void {
  const { method, path, permission } = implemented.route
  const trustedOrigins = [new URL(parts.publicUrl).origin, ...parts.trustedOrigins]
  const stages = [
    nameRoute(path),
    authenticate(parts.identity, permission),
    requireSameOrigin(trustedOrigins),
    requirePermission(permission),
  ]
  const limits = unlimited.has(path) ? [] : [limitRequests(parts.limits, path === inboundPath ? 'webhooks' : 'public')]
  app.on([method.toUpperCase()], [toHonoPath(path)], ...stages, ...limits, handleRoute(parts, implemented))
}

/** A path that is there answers 405 to a method that it does not have (RFC 9110, 15.5.6). */
function refuseOtherMethods(app: App): void {
  const methods = Map.groupBy(implementedRoutes, ({ route }) => route.path)
  for (const [path, implemented] of methods) {
    const allowed = implemented.map(({ route }) => route.method.toUpperCase()).join(', ')
    app.all(toHonoPath(path), nameRoute(path), (context) => {
      throw new RequestError('http.method_unknown', `${path} does not take ${context.req.method}`, {
        status: 405,
        headers: { Allow: allowed },
        hint: `It takes ${allowed}.`,
      })
    })
  }
}

function answerFailure(error: unknown, context: HttpContext, { logger }: HttpParts): Response {
  const requestId = context.get('requestId')
  const response = problemResponse(error, requestId)
  if (response.status >= 500) {
    logger.error({ err: error, requestId, route: context.get('route') }, 'A request failed')
  }
  return response
}
