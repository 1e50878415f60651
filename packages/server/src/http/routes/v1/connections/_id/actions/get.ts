import { routes } from '@neonhub/contract'
import { asId } from '../../../../../../base/ids.ts'
import { listConfiguredActions } from '../../../../../../runtime/index.ts'
import { implement } from '../../../../../implement.ts'
import { toConnectionAction } from '../../../../../to-connection-action.ts'

export const listConnectionActions = implement(routes.listConnectionActions)(async ({ params, inTenant }) => {
  const actions = await inTenant((tx) => listConfiguredActions(tx, asId(params.id)))
  return { status: 200, body: { actions: actions.map(toConnectionAction) } }
})
