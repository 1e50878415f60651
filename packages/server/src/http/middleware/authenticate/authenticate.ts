import type { Access } from '@neonhub/contract'
import { createMiddleware } from 'hono/factory'
import { NeonHubError } from '../../../base/errors.ts'
import type { Identity } from '../../../identity/index.ts'
import type { HttpEnv } from '../../env.ts'

/** Finds out who is calling. Public routes ask nobody, so that what a caller sends there cannot fail them. */
export function authenticate(identity: Identity, access: Access) {
  return createMiddleware<HttpEnv>(async (context, next) => {
    if (access === 'public') return next()
    const caller = await identity.resolveCaller(context.req.raw.headers)
    if (!caller) throw signInRequired()
    context.set('caller', caller)
    await next()
  })
}

/** What nobody in particular is told. */
export const signInRequired = () =>
  new NeonHubError('identity.sign_in_required', 'This needs a signed-in user or an API key', {
    kind: 'unauthenticated',
    hint: 'Sign in, or send "Authorization: Bearer nh_…".',
  })
