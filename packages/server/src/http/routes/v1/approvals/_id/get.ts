import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'

export const getApproval = implement(routes.getApproval)(async ({ parts, params, inTenant }) => {
  const approval = await inTenant((tx) => parts.services.findApproval(tx, asId(params.id)))
  return { status: 200, body: orNotFound(approval, 'approval') }
})
