import { routes } from '@neonhub/contract'
import { listTriggers as list } from '../../../../triggers/index.ts'
import { implement } from '../../../implement.ts'
import { toTrigger } from '../../../to-trigger.ts'

export const listTriggers = implement(routes.listTriggers)(async ({ inTenant }) => {
  const triggers = await inTenant(list)
  return { status: 200, body: { triggers: triggers.map(toTrigger) } }
})
