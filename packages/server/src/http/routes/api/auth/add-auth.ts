import { clientAddressHeader } from '../../../../identity/index.ts'
import type { App } from '../../../app.ts'
import { clientAddressOf, type HttpContext } from '../../../env.ts'
import { takeRate } from '../../../middleware/rate-limit/take-rate.ts'
import { nameRoute } from '../../../name-route.ts'
import type { HttpParts } from '../../../parts.ts'

/** Sign-in, sessions and members. The operations that try a password are limited for each address. */
export function addAuth(app: App, { identity, limits }: HttpParts): void {
  app.on(['GET', 'POST'], '/api/auth/*', nameRoute('/api/auth/*'), async (context) => {
    const triesPassword = /\/(sign-in|sign-up|change-password)\b/.test(context.req.path)
    const name = triesPassword ? 'sign-in' : 'requests'
    await takeRate(context, limits, { name, key: `address ${clientAddressOf(context)}` })
    return identity.handleAuth(withClientAddress(context))
  })
}

/** The request, with the address that the connection shows and none that the client made up. */
function withClientAddress(context: HttpContext): Request {
  const headers = new Headers(context.req.raw.headers)
  headers.set(clientAddressHeader, clientAddressOf(context))
  return new Request(context.req.raw, { headers })
}
