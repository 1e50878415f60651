import { routes } from '@neonhub/contract'
import { listEndpoints } from '../../../../runtime/index.ts'
import { implement } from '../../../implement.ts'
import { toEndpoint } from '../../../to-model-settings.ts'

export const listInferenceEndpoints = implement(routes.listInferenceEndpoints)(async ({ parts, inTenant }) => {
  const endpoints = await inTenant(listEndpoints)
  const chosen = endpoints.find((endpoint) => endpoint.defaultModel !== undefined)
  const defaultModel = chosen ? `${chosen.provider}:${chosen.defaultModel}` : parts.services.defaultModel
  return { status: 200, body: { endpoints: endpoints.map(toEndpoint), defaultModel } }
})
