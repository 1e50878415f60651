import { routes } from '@neonhub/contract'
import { asId } from '../../../../../../../base/ids.ts'
import { implement } from '../../../../../../implement.ts'
import { orNotFound } from '../../../../../../lists.ts'

export const getRunStep = implement(routes.getRunStep)(async ({ parts, params, inTenant }) => {
  const step = await inTenant((tx) => parts.services.findRunStep(tx, asId(params.id), params.key))
  return { status: 200, body: orNotFound(step, 'step') }
})
