import { routes } from '@neonhub/contract'
import { activateVersion } from '../../../../../../learning/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toModelVersion } from '../../../../../to-voice-tuning.ts'

export const activateModelVersion = implement(routes.activateModelVersion)(async (call) => {
  const { params, caller, inTenant, audit } = call
  const version = await inTenant(async (tx) => {
    const activated = orNotFound(await activateVersion(tx, { id: params.id, by: caller.name }), 'model version')
    const { brand, number } = activated.version
    if (activated.isChanged) {
      await audit(tx, { subject: `model_version:${params.id}`, detail: { brand, number } })
    }
    return activated.version
  })
  return { status: 200, body: toModelVersion(version) }
})
