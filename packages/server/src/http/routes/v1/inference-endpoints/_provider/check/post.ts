import { routes } from '@neonhub/contract'
import { compact } from '../../../../../../base/compact.ts'
import { implement } from '../../../../../implement.ts'
import { getEndpoint } from '../../../../../to-model-settings.ts'

export const checkInferenceEndpoint = implement(routes.checkInferenceEndpoint)(async (call) => {
  const { parts, params, body, organization, inTenant, audit } = call
  const { provider } = params
  await parts.services.checkEndpoint(organization().id, { provider, model: body.model })
  const endpoint = await inTenant(async (tx) => {
    const checked = await getEndpoint(tx, provider)
    const detail = compact({ model: body.model, error: checked.checkError })
    await audit(tx, { subject: `inference_endpoint:${provider}`, detail })
    return checked
  })
  return { status: 200, body: endpoint }
})
