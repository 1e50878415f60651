import { routes } from '@neonhub/contract'
import { changeUserSettings } from '../../../../../identity/index.ts'
import { implement } from '../../../../implement.ts'
import { userOf } from '../../../../user-of.ts'

export const changeMySettings = implement(routes.changeMySettings)(async ({ parts, body, caller }) => ({
  status: 200,
  body: await changeUserSettings(parts.database, userOf(caller).id, body),
}))
