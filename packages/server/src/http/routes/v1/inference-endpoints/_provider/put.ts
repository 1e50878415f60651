import { routes } from '@neonhub/contract'
import { compact } from '../../../../../base/compact.ts'
import { implement } from '../../../../implement.ts'
import { getEndpoint } from '../../../../to-model-settings.ts'

export const setInferenceEndpoint = implement(routes.setInferenceEndpoint)(async (call) => {
  const { parts, params, body, caller, inTenant, audit } = call
  const { provider } = params
  const { apiKey, baseUrl, defaultModel } = body
  const endpoint = await inTenant(async (tx) => {
    await parts.services.saveEndpoint(tx, { provider, apiKey, baseUrl, defaultModel, actor: caller.name })
    const detail = compact({ baseUrl, defaultModel, changesKey: apiKey !== undefined })
    await audit(tx, { subject: `inference_endpoint:${provider}`, detail })
    return getEndpoint(tx, provider)
  })
  return { status: 200, body: endpoint }
})
