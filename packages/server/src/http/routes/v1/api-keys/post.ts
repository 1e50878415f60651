import { routes } from '@neonhub/contract'
import { NeonHubError } from '../../../../base/errors.ts'
import { createApiKey as create } from '../../../../identity/index.ts'
import { implement } from '../../../implement.ts'
import { toApiKey } from '../../../to-api-key.ts'

export const createApiKey = implement(routes.createApiKey)(async ({ parts, body, caller, inTenant, audit }) => {
  const { name, scopes } = body
  const exceeding = scopes.filter((scope) => !caller.permissions.has(scope))
  if (exceeding.length > 0) {
    throw new NeonHubError('http.scopes_exceed', `A key cannot do what you may not do: ${exceeding.join(', ')}`, {
      kind: 'forbidden',
      hint: 'Leave these scopes out.',
    })
  }
  const expiresAt = body.expiresAt === undefined ? undefined : new Date(body.expiresAt)
  if (expiresAt && expiresAt <= parts.clock.now()) {
    throw new NeonHubError('http.request_invalid', 'The key would be over before it is made', {
      kind: 'invalid',
      issues: [{ path: 'body.expiresAt', message: 'must be in the future' }],
    })
  }
  const { apiKey, key } = await inTenant(async (tx) => {
    const created = await create(tx, { name, scopes, expiresAt, createdBy: caller.name, actsFor: caller.actsFor })
    await audit(tx, { subject: `api_key:${created.apiKey.id}`, detail: { name, scopes } })
    return created
  })
  return { status: 201, body: { apiKey: toApiKey(apiKey), key } }
})
