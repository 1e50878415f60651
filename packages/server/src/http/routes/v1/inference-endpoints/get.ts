import { routes } from '@neonhub/contract'
import { listEndpoints, listFallbackModels, listModelBreakers } from '../../../../runtime/index.ts'
import { implement } from '../../../implement.ts'
import { toEndpoint } from '../../../to-model-settings.ts'

export const listInferenceEndpoints = implement(routes.listInferenceEndpoints)(async ({ parts, inTenant }) => {
  const { endpoints, fallbackModels, breakers } = await inTenant(async (tx) => ({
    endpoints: await listEndpoints(tx),
    fallbackModels: await listFallbackModels(tx),
    breakers: await listModelBreakers(tx),
  }))
  const chosen = endpoints.find((endpoint) => endpoint.defaultModel !== undefined)
  const defaultModel = chosen ? `${chosen.provider}:${chosen.defaultModel}` : parts.services.defaultModel
  return {
    status: 200,
    body: {
      endpoints: endpoints.map(toEndpoint),
      defaultModel,
      fallbackModels: [...fallbackModels],
      breakers: breakers.map((one) => ({ ...one, openUntil: one.openUntil?.toISOString() })),
    },
  }
})
