import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'

export const getLlmCall = implement(routes.getLlmCall)(async ({ parts, params, inTenant }) => {
  const call = await inTenant((tx) => parts.services.findLlmCall(tx, asId(params.id)))
  return { status: 200, body: orNotFound(call, 'model call') }
})
