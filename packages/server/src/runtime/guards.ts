import { NeonHubError, type RecordedError, recordError } from '../base/errors.ts'
import type { ToolExecutionId } from '../base/ids.ts'
import type { ConnectorMode } from '../connectors/index.ts'
import type { TenantTx } from '../db/index.ts'
import type { EffectClass } from '../connectors/spec.ts'
import { type AskedSend, findSendDenial } from '../people/index.ts'
import { findApprovalRule, findPolicyDenial, mayHaveToWait } from './settings/policy-guards.ts'
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

/** A call with what its organization has set of such calls. */
export interface JudgedCall extends GuardedCall {
  /** What is left of the agent's policy; undefined where the code's alone counts. */
  readonly organizationPolicy: PolicyVersion | undefined
  readonly connectionHasLimits: boolean
}

declare const held: unique symbol

/** A call of which that stands until the transaction ends. Only `holdCall` makes one. */
export type HeldCall = JudgedCall & { readonly [held]: true }

/**
 * Holds the organization's policy for a call, and what it fixes of the action; throws where that changed since the
 * connection was opened. Every guard of the transaction is asked about what this returns.
 */
export async function holdCall(tx: TenantTx, call: GuardedCall): Promise<HeldCall> {
  const { actionVersion, policy, hasLimits } = await holdSettings(tx, call)
  if (actionVersion !== call.action?.version) throw changedAction(call)
  return { ...call, organizationPolicy: policy, connectionHasLimits: hasLimits } as HeldCall
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
type Guard = (call: JudgedCall) => NeonHubError | undefined

const policyGuard: Guard = ({ agent, policy, tool }) =>
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
const actionGuard: Guard = (call) => {
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

/** Nobody is written to who said no, and with marketing nobody who did not say yes. What is read is sent to nobody. */
function sendOf({ policy, tool, channel, effect, recipients, masterKey, toPeople }: GuardedCall): AskedSend {
  const purpose = policy.transactional?.includes(tool) ? 'transactional' : 'marketing'
  return {
    channel,
    purpose: toPeople ? purpose : undefined,
    recipients: effect === 'read' ? [] : recipients,
    masterKey,
  }
}

/**
 * The guards in the order of the design: what the code allows, what the organization leaves of it (of the
 * connection, and of the agent's policy), and then consent. Send window
 * and caps (`findHold`), the approval, the connection's limits (`findConnectionHold`), the breaker and the deadline follow
 * in the ledger.
 */
const guards: readonly Guard[] = [policyGuard, actionGuard, findPolicyDenial]

function findDenial(call: JudgedCall): NeonHubError | undefined {
  for (const guard of guards) {
    const denial = guard(call)
    if (denial) return denial
  }
  return undefined
}

/** Asks every guard in turn; the first denial ends the asking. */
export async function askGuards(tx: TenantTx, call: HeldCall): Promise<RecordedError | undefined> {
  const denial = findDenial(call) ?? (await findSendDenial(tx, sendOf(call)))
  return denial && recordError(denial)
}

/** What a call is judged by to leave at once: all of it must still stand where it is written down. */
export interface FreePass extends Omit<AskedSend, 'masterKey'> {
  readonly agent: string
  readonly action: Pick<ConfiguredAction, 'action' | 'version'>
  readonly policyVersion: number | undefined
}

/**
 * What lets a call leave at once that nothing can hold up but its recipients' consents, the budgets and the breaker, which
 * are asked where it is written. Undefined where a guard says no, a person is asked, or it may have to wait its turn.
 */
export function findFreePass(call: JudgedCall): FreePass | undefined {
  if (findDenial(call) || needsApproval(call) || call.connectionHasLimits || mayHaveToWait(call)) return undefined
  const { agent, action, organizationPolicy } = call
  if (action === undefined) return undefined
  const { channel, purpose, recipients } = sendOf(call)
  return { agent, action, policyVersion: organizationPolicy?.version, channel, purpose, recipients }
}

/**
 * Whether a person must say yes: where the organization's policy asks for it; else to every effect, unless that policy or
 * the code's names the tool. The code's does not count once text from outside has come in.
 */
export function needsApproval(call: JudgedCall): boolean {
  const rule = findApprovalRule(call)
  if (rule !== undefined) return rule === 'required'
  if (call.effect === 'read') return false
  return call.tainted || !(call.policy.withoutApproval ?? []).includes(call.tool)
}
