import { clientAddressHeader } from '../../../../identity/index.ts'
import type { App } from '../../../app.ts'
import { clientAddressOf, type HttpContext } from '../../../env.ts'
import { takeRate } from '../../../middleware/rate-limit/take-rate.ts'
import { nameRoute } from '../../../name-route.ts'
import type { HttpParts } from '../../../parts.ts'
import { toProblemResponse } from './to-problem-response.ts'

/** Sign-in, second factors and sessions. The operations that try a password or a code are limited for each address. */
export function addAuth(app: App, { identity, limits, logger }: HttpParts): void {
  app.on(['GET', 'POST'], '/api/auth/*', nameRoute('/api/auth/*'), async (context) => {
    const triesPassword = /\/(sign-in|sign-up|change-password|two-factor)\b/.test(context.req.path)
    const name = triesPassword ? 'sign-in' : 'requests'
    await takeRate(context, limits, { name, key: `address ${clientAddressOf(context)}` })
    const response = await identity.handleAuth(withClientAddress(context))
    if (response.status < 400) return response
    const requestId = context.get('requestId')
    if (response.status >= 500) logger.error({ requestId, status: response.status }, 'Sign-in failed on the server')
    return toProblemResponse(response, requestId)
  })
}

/** The request, with the address that the connection shows and none that the client made up. */
function withClientAddress(context: HttpContext): Request {
  const headers = new Headers(context.req.raw.headers)
  headers.set(clientAddressHeader, clientAddressOf(context))
  return new Request(context.req.raw, { headers })
}
