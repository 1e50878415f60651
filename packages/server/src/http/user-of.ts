import { NeonHubError } from '../base/errors.ts'
import type { Caller } from '../identity/index.ts'

/** The signed-in user. Throws `identity.user_only` for keys and the operator, who have no account of their own. */
export function userOf({ user }: Caller): NonNullable<Caller['user']> {
  if (user) return user
  throw new NeonHubError('identity.user_only', 'Only a signed-in user has this', {
    kind: 'forbidden',
    hint: 'Sign in with a browser. Keys and the operator have no account of their own.',
  })
}
