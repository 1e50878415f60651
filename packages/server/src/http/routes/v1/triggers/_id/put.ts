import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { setTrigger } from '../../../../../triggers/index.ts'
import { implement } from '../../../../implement.ts'
import { toTrigger } from '../../../../to-trigger.ts'

export const updateTrigger = implement(routes.updateTrigger)(async (call) => {
  const { parts, caller, params, body, inTenant, audit } = call
  const { connectionId, brand, ...rest } = body
  const trigger = await inTenant(async (tx) => {
    const place = { id: asId<'trigger'>(params.id), connectionId: asId<'connection'>(connectionId) }
    const set = await setTrigger(tx, parts.services.agents, { ...rest, ...place, brand, createdBy: caller.name })
    const detail = { name: set.name, connectionId, agent: set.agent, intent: set.intent, isEnabled: set.isEnabled }
    await audit(tx, { subject: `trigger:${set.id}`, detail })
    return set
  })
  return { status: 200, body: toTrigger(trigger) }
})
