import { NeonHubError, type RecordedError, recordError } from '../base/errors.ts'
import type { TenantTx } from '../db/index.ts'
import type { EffectClass } from '../connectors/spec.ts'
import type { AgentPolicy } from './spec.ts'
import { listSuppressed } from './sql/connections.ts'

/** What the guards are asked about: a call that has been parsed and described, and has not left. */
export interface GuardedCall {
  readonly agent: string
  readonly policy: AgentPolicy
  readonly tool: string
  readonly connector: string
  readonly effect: EffectClass
  readonly recipients: readonly string[]
  readonly tainted: boolean
}

/** One guard: undefined lets the call through, an error denies it and says why. */
type Guard = (tx: TenantTx, call: GuardedCall) => Promise<NeonHubError | undefined>

const policyGuard: Guard = async (_tx, { agent, policy, tool }) =>
  policy.tools.includes(tool)
    ? undefined
    : new NeonHubError('runtime.policy_denied', `${agent} may not call ${tool}`, {
        kind: 'forbidden',
        hint: `Its policy names ${policy.tools.join(', ') || 'no tools'}.`,
      })

const suppressionGuard: Guard = async (tx, { connector, effect, recipients }) => {
  if (effect === 'read') return undefined
  const suppressed = await listSuppressed(tx, { channel: connector, recipients })
  if (suppressed.length === 0) return undefined
  return new NeonHubError('runtime.recipient_suppressed', `These must not be written to: ${suppressed.join(', ')}`, {
    kind: 'forbidden',
    hint: 'They unsubscribed or bounced. Take them out of the recipients.',
  })
}

/** The guards in the order of the design; the approval, the breaker and the deadline follow in the ledger. */
const guards: readonly Guard[] = [policyGuard, suppressionGuard]

/** Asks every guard in turn; the first denial ends the asking. */
export async function askGuards(tx: TenantTx, call: GuardedCall): Promise<RecordedError | undefined> {
  for (const guard of guards) {
    const denial = await guard(tx, call)
    if (denial) return recordError(denial)
  }
  return undefined
}

/** Whether a person must say yes: to every effect, unless the policy names the tool and no outside text has come in. */
export function needsApproval({ effect, policy, tool, tainted }: GuardedCall): boolean {
  if (effect === 'read') return false
  return tainted || !(policy.withoutApproval ?? []).includes(tool)
}
