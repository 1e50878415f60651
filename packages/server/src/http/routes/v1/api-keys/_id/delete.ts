import { routes } from '@neonhub/contract'
import { revokeApiKey as revoke } from '../../../../../identity/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toApiKey } from '../../../../to-api-key.ts'

export const revokeApiKey = implement(routes.revokeApiKey)(async ({ parts, params, inTenant, audit }) => {
  const apiKey = await inTenant(async (tx) => {
    const revoked = orNotFound(await revoke(tx, { id: params.id, now: parts.clock.now() }), 'API key')
    await audit(tx, { subject: `api_key:${revoked.id}` })
    return revoked
  })
  return { status: 200, body: toApiKey(apiKey) }
})
