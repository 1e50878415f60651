import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'

export const getRun = implement(routes.getRun)(async ({ parts, params, inTenant }) => {
  const run = await inTenant((tx) => parts.services.findRunDetail(tx, asId(params.id)))
  return { status: 200, body: orNotFound(run, 'run') }
})
