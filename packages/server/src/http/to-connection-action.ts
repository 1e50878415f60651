import type { ConnectionAction } from '@neonhub/contract'
import type { ConfiguredAction } from '../runtime/index.ts'
import { JsonMembers } from './json-members.ts'

/** An action of a connection as the contract shows it. */
export function toConnectionAction({ input, fixed, defaults, price, ...action }: ConfiguredAction): ConnectionAction {
  return {
    ...action,
    input: JsonMembers.parse(input),
    fixed: { ...fixed },
    defaults: { ...defaults },
    ...(price && { price }),
  }
}
