import { NeonHubError, type RecordedError, recordError } from '../base/errors.ts'
import type { ToolExecutionId } from '../base/ids.ts'
import type { ConnectorMode } from '../connectors/index.ts'
import type { TenantTx } from '../db/index.ts'
import type { EffectClass } from '../connectors/spec.ts'
import { findSendDenial } from '../people/index.ts'
import { findApprovalRule, findPolicyDenial } from './settings/policy-guards.ts'
import type { PolicyVersion } from './settings/policy-rules.ts'
import { holdSettings } from './settings/sql/policies.ts'
import type { ActionConfig, ActionKey } from './actions/sql/action-configs.ts'
import type { AgentPolicy } from './spec.ts'

/** What the guards are asked about: a call that has been parsed and described, and has not left. */
export interface GuardedCall {
  readonly executionId: ToolExecutionId
  readonly agent: string
  readonly policy: AgentPolicy
  readonly tool: string
  /** What is fixed of the action now; undefined where no connection stands behind it. */
  readonly action: ConfiguredAction | undefined
  /** What suppressions and consents are asked for: the people's channel of the action, else its connector. */
  readonly channel: string
  readonly toPeople: boolean
  readonly effect: EffectClass
  readonly mode: ConnectorMode
  readonly recipients: readonly string[]
  readonly tainted: boolean
  readonly masterKey: Uint8Array
}

/** The newest of what is fixed of an action, and whether the arguments were made under an older one. */
interface ConfiguredAction extends ActionKey, Pick<ActionConfig, 'version' | 'enabled'> {
  readonly isOutdated: boolean
}

/** A call with what its organization leaves of the agent's policy, which stands until the transaction ends. */
export interface HeldCall extends GuardedCall {
  /** Undefined where the code's policy alone counts. */
  readonly organizationPolicy: PolicyVersion | undefined
  readonly connectionHasLimits: boolean
}

/**
 * Holds the organization's policy for a call, and what it fixes of the action; throws where that changed since the
 * connection was opened. Every guard of the transaction is asked about what this returns.
 */
export async function holdCall(tx: TenantTx, call: GuardedCall): Promise<HeldCall> {
  const { actionVersion, policy, hasLimits } = await holdSettings(tx, call)
  if (actionVersion !== call.action?.version) throw changedAction(call)
  return { ...call, organizationPolicy: policy, connectionHasLimits: hasLimits }
}

const changedAction = ({ tool }: GuardedCall) =>
  new NeonHubError('runtime.action_changed', `What is fixed of ${tool} here changed after this call was made up`, {
    kind: 'conflict',
    hint: 'Ask for it again: a new call goes by what is fixed now.',
    retryable: true,
  })

/** Whether a call has to be made up anew, because what is fixed of its action changed while it was. */
export const isChangedAction = (error: unknown): boolean =>
  error instanceof NeonHubError && error.code === 'runtime.action_changed'

/** One guard: undefined lets the call through, an error denies it and says why. */
type Guard = (tx: TenantTx, call: HeldCall) => Promise<NeonHubError | undefined>

const policyGuard: Guard = async (_tx, { agent, policy, tool }) =>
  policy.tools.includes(tool)
    ? undefined
    : new NeonHubError('runtime.policy_denied', `${agent} may not call ${tool}`, {
        kind: 'forbidden',
        hint: `Its policy names ${policy.tools.join(', ') || 'no tools'}.`,
      })

/**
 * The organization may have switched an action of a connection off, for every agent. A call whose arguments cannot be made
 * anew, for it may have left before its worker was cut off, does not leave under what was fixed then.
 */
const actionGuard: Guard = async (_tx, call) => {
  const { action, tool } = call
  if (action === undefined) return undefined
  if (!action.enabled) {
    return new NeonHubError('runtime.action_disabled', `${tool} is switched off for this connection`, {
      kind: 'forbidden',
      hint: 'Who may change connections can switch it on: neonhub connections configure ID ACTION --enable',
    })
  }
  return action.isOutdated ? changedAction(call) : undefined
}

/** Nobody is written to who said no, and with marketing nobody who did not say yes. */
const consentGuard: Guard = async (tx, call) => {
  const { policy, tool, channel, effect, recipients, masterKey, toPeople } = call
  if (effect === 'read') return undefined
  const purpose = policy.transactional?.includes(tool) ? 'transactional' : 'marketing'
  return findSendDenial(tx, { channel, purpose: toPeople ? purpose : undefined, recipients, masterKey })
}

/**
 * The guards in the order of the design: what the code allows, what the organization leaves of it (of the
 * connection, and of the agent's policy), consent. Send window
 * and caps (`findHold`), the approval, the connection's limits (`findConnectionHold`), the breaker and the deadline follow
 * in the ledger.
 */
const guards: readonly Guard[] = [policyGuard, actionGuard, async (_tx, call) => findPolicyDenial(call), consentGuard]

/** Asks every guard in turn; the first denial ends the asking. */
export async function askGuards(tx: TenantTx, call: HeldCall): Promise<RecordedError | undefined> {
  for (const guard of guards) {
    const denial = await guard(tx, call)
    if (denial) return recordError(denial)
  }
  return undefined
}

/**
 * Whether a person must say yes: where the organization's policy asks for it; else to every effect, unless that policy or
 * the code's names the tool. The code's does not count once text from outside has come in.
 */
export function needsApproval(call: HeldCall): boolean {
  const rule = findApprovalRule(call)
  if (rule !== undefined) return rule === 'required'
  if (call.effect === 'read') return false
  return call.tainted || !(call.policy.withoutApproval ?? []).includes(call.tool)
}
