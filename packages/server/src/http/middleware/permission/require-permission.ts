import type { Access } from '@neonhub/contract'
import { createMiddleware } from 'hono/factory'
import { NeonHubError } from '../../../base/errors.ts'
import type { Caller } from '../../../identity/index.ts'
import type { HttpEnv } from '../../env.ts'
import { organizationOf } from '../../organization-of.ts'

/** Refuses callers who may not use a route in the organization that they act in. */
export function requirePermission(access: Access) {
  return createMiddleware<HttpEnv>(async (context, next) => {
    const caller = context.get('caller')
    if (caller) assertAllowed(access, caller)
    await next()
  })
}

/** Throws where the caller may not use a route of this access in the organization that they act in. */
export function assertAllowed(access: Access, caller: Caller): void {
  if (access === 'public' || access === 'signed-in') return
  if (access === 'operator') {
    if (caller.kind === 'local') return
    throw new NeonHubError('identity.operator_only', 'Only the operator of this machine may do this', {
      kind: 'forbidden',
      hint: 'Use the command line where the server runs.',
    })
  }
  organizationOf(caller)
  if (caller.permissions.has(access)) return
  throw new NeonHubError('identity.permission_missing', `This needs the permission ${access}`, {
    kind: 'forbidden',
    hint:
      caller.kind === 'api_key'
        ? 'Make an API key whose scopes include it.'
        : 'Ask an owner of the organization for a role that includes it.',
  })
}
