import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'

export const getToolExecution = implement(routes.getToolExecution)(async ({ parts, params, inTenant }) => {
  const execution = await inTenant((tx) => parts.services.findToolExecution(tx, asId(params.id)))
  return { status: 200, body: orNotFound(execution, 'tool execution') }
})
