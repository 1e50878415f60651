import { routes } from '@neonhub/contract'
import { getUserSettings } from '../../../../../identity/index.ts'
import { implement } from '../../../../implement.ts'
import { userOf } from '../../../../user-of.ts'

export const getMySettings = implement(routes.getMySettings)(async ({ parts, caller }) => ({
  status: 200,
  body: await getUserSettings(parts.database, userOf(caller).id),
}))
