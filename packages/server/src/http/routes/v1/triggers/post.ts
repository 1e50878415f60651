import { routes } from '@neonhub/contract'
import { asId } from '../../../../base/ids.ts'
import { setTrigger } from '../../../../triggers/index.ts'
import { implement } from '../../../implement.ts'
import { toTrigger } from '../../../to-trigger.ts'

export const createTrigger = implement(routes.createTrigger)(async ({ parts, caller, body, inTenant, audit }) => {
  const { connectionId, brand, ...rest } = body
  const trigger = await inTenant(async (tx) => {
    const set = { ...rest, brand, connectionId: asId<'connection'>(connectionId), createdBy: caller.name }
    const made = await setTrigger(tx, parts.services.agents, set)
    const detail = { name: made.name, connectionId, agent: made.agent, intent: made.intent }
    await audit(tx, { subject: `trigger:${made.id}`, detail })
    return made
  })
  return { status: 201, body: toTrigger(trigger) }
})
