import { routes } from '@neonhub/contract'
import { listApiKeys as list } from '../../../../identity/index.ts'
import { implement } from '../../../implement.ts'
import { toApiKey } from '../../../to-api-key.ts'

export const listApiKeys = implement(routes.listApiKeys)(async ({ inTenant }) => {
  const apiKeys = await inTenant(list)
  return { status: 200, body: { apiKeys: apiKeys.map(toApiKey) } }
})
