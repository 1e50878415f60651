import { routes } from '@neonhub/contract'
import { removeEndpoint } from '../../../../../runtime/index.ts'
import { implement } from '../../../../implement.ts'
import { getEndpoint } from '../../../../to-model-settings.ts'

export const removeInferenceEndpoint = implement(routes.removeInferenceEndpoint)(async ({
  params,
  inTenant,
  audit,
}) => {
  const { provider } = params
  const endpoint = await inTenant(async (tx) => {
    const found = await getEndpoint(tx, provider)
    await removeEndpoint(tx, provider)
    await audit(tx, { subject: `inference_endpoint:${provider}` })
    return found
  })
  return { status: 200, body: endpoint }
})
