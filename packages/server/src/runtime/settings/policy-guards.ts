import { NeonHubError } from '../../base/errors.ts'
import { listTools } from '../../connectors/index.ts'
import type { TenantTx } from '../../db/index.ts'
import type { GuardedCall, HeldCall, JudgedCall } from '../guards.ts'
import { recipientsBeyond } from './matches-recipient.ts'
import type { PolicyRules, SendCap } from './policy-rules.ts'
import { findOpening } from './sql/find-opening.ts'
import { findRoom, lockCaps } from './sql/find-room.ts'

/** Why the organization's policy forbids a call that the code's allows; undefined where it does not. */
export function findPolicyDenial(call: JudgedCall): NeonHubError | undefined {
  if (!call.organizationPolicy) return undefined
  const { rules, version } = call.organizationPolicy
  const { agent, tool } = call
  const denied = (code: string, message: string) =>
    new NeonHubError(code, `Version ${version} of ${agent}’s policy here ${message}`, {
      kind: 'forbidden',
      hint: `Who may manage agents can change it: neonhub policy show ${agent}`,
    })
  if (rules.tools && !rules.tools.includes(tool)) {
    return denied('runtime.policy_denied', `does not let it call ${tool}, only ${rules.tools.join(', ') || 'nothing'}`)
  }
  const beyond = findBeyond(rules, call)
  if (beyond.length > 0) {
    return denied('runtime.recipient_denied', `does not let ${tool} reach ${beyond.join(', ')}`)
  }
  const capped = capsOf(rules, call).find(({ limit }) => limit < unitsOf(call))
  if (!capped) return undefined
  const { limit, periodHours } = capped
  return denied(
    'runtime.cap_exceeded',
    `lets ${tool} reach ${limit} recipients ${periodHours === 1 ? 'an hour' : 'a day'}, and this call alone has ${unitsOf(call)}`,
  )
}

function findBeyond({ recipients: entries }: PolicyRules, { tool, recipients }: GuardedCall): readonly string[] {
  const own = (entries ?? []).filter((entry) => entry.tool === tool)
  return own.length === 0
    ? []
    : recipientsBeyond(
        own.flatMap(({ allow }) => allow),
        recipients,
      )
}

/**
 * Until when a call has to wait for its organization's send window, or for room under its caps; undefined where it may
 * leave now. Reading never waits. Where it may leave, other calls under caps wait for this one's transaction to end.
 */
export async function findHold(tx: TenantTx, call: HeldCall): Promise<Date | undefined> {
  if (call.effect === 'read') return undefined
  const { organizationPolicy: policy } = call
  const opening = policy?.rules.sendWindow && (await findOpening(tx, policy.rules.sendWindow))
  if (opening || !policy) return opening
  const caps = capsOf(policy.rules, call)
  if (caps.length === 0) return undefined
  await lockCaps(tx, call.agent)
  const { agent, mode, executionId } = call
  let latest: Date | undefined
  for (const { tools, limit, periodHours } of caps) {
    const room = await findRoom(tx, { agent, mode, executionId, tools, limit, periodHours, units: unitsOf(call) })
    if (room && (!latest || room > latest)) latest = room
  }
  return latest
}

/** Whether `findHold` has anything to ask about a call. */
export function mayHaveToWait(call: JudgedCall): boolean {
  const { rules } = call.organizationPolicy ?? {}
  if (call.effect === 'read' || !rules) return false
  return rules.sendWindow !== undefined || capsOf(rules, call).length > 0
}

/** A call that reaches nobody by name still counts as one. */
const unitsOf = ({ recipients }: GuardedCall) => Math.max(1, recipients.length)

interface CapInForce {
  readonly tools: readonly string[]
  readonly limit: number
  readonly periodHours: number
}

function capsOf({ caps = [] }: PolicyRules, call: GuardedCall): readonly CapInForce[] {
  if (call.effect === 'read') return []
  return caps
    .filter(({ tool, channel }) => tool === call.tool || channel === call.channel)
    .flatMap((cap) => {
      const tools = toolsOf(cap)
      return [
        ...(cap.perHour === undefined ? [] : [{ tools, limit: cap.perHour, periodHours: 1 }]),
        ...(cap.perDay === undefined ? [] : [{ tools, limit: cap.perDay, periodHours: 24 }]),
      ]
    })
}

function toolsOf({ tool, channel }: SendCap): readonly string[] {
  if (tool !== undefined) return [tool]
  return listTools()
    .filter(({ action, connector }) => (action.toPeople?.channel ?? connector.id) === channel)
    .map(({ name }) => name)
}

/** Whether the yes to a call has to come from another person than the one who asked for the run. */
export const asksFourEyes = ({ organizationPolicy, tool }: Pick<JudgedCall, 'organizationPolicy' | 'tool'>): boolean =>
  organizationPolicy?.rules.approvals?.fourEyes?.includes(tool) ?? false

/**
 * Whether the organization's policy asks for a yes, or gives a standing one; undefined where it leaves that to the code's.
 * Text from outside takes a standing yes away, unless its entry names both such runs and every recipient of the call.
 */
export function findApprovalRule({
  organizationPolicy,
  tool,
  recipients,
  tainted,
}: JudgedCall): 'required' | 'exempt' | undefined {
  const { require = [], exempt = [], fourEyes = [] } = organizationPolicy?.rules.approvals ?? {}
  if (require.includes(tool) || fourEyes.includes(tool)) return 'required'
  const isExempt = exempt.some((entry) => {
    if (entry.tool !== tool) return false
    const named = entry.recipients
    if (tainted && (entry.whenTainted !== true || named === undefined || recipients.length === 0)) return false
    return named === undefined || recipientsBeyond(named, recipients).length === 0
  })
  return isExempt ? 'exempt' : undefined
}
