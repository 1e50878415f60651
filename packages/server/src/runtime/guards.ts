import { NeonHubError, type RecordedError, recordError } from '../base/errors.ts'
import type { TenantTx } from '../db/index.ts'
import type { EffectClass } from '../connectors/spec.ts'
import { findSendDenial } from '../people/index.ts'
import type { AgentPolicy } from './spec.ts'

/** What the guards are asked about: a call that has been parsed and described, and has not left. */
export interface GuardedCall {
  readonly agent: string
  readonly policy: AgentPolicy
  readonly tool: string
  /** What suppressions and consents are asked for: the people's channel of the action, else its connector. */
  readonly channel: string
  readonly toPeople: boolean
  readonly effect: EffectClass
  readonly recipients: readonly string[]
  readonly tainted: boolean
  readonly masterKey: Uint8Array
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

/** Nobody is written to who said no, and with marketing nobody who did not say yes. */
const consentGuard: Guard = async (tx, call) => {
  const { policy, tool, channel, effect, recipients, masterKey, toPeople } = call
  if (effect === 'read') return undefined
  const purpose = policy.transactional?.includes(tool) ? 'transactional' : 'marketing'
  return findSendDenial(tx, { channel, purpose: toPeople ? purpose : undefined, recipients, masterKey })
}

/** The guards in the order of the design; the approval, the breaker and the deadline follow in the ledger. */
const guards: readonly Guard[] = [policyGuard, consentGuard]

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
