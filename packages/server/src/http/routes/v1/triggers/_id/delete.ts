import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { deleteTrigger as remove, getTrigger } from '../../../../../triggers/index.ts'
import { implement } from '../../../../implement.ts'
import { toTrigger } from '../../../../to-trigger.ts'

export const deleteTrigger = implement(routes.deleteTrigger)(async ({ params, inTenant, audit }) => {
  const trigger = await inTenant(async (tx) => {
    const found = await getTrigger(tx, asId(params.id))
    await remove(tx, found.id)
    await audit(tx, { subject: `trigger:${found.id}`, detail: { name: found.name } })
    return found
  })
  return { status: 200, body: toTrigger(trigger) }
})
