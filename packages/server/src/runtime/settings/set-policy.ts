import { type ErrorIssue, NeonHubError } from '../../base/errors.ts'
import { hashJson } from '../../base/json.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import type { Agent } from '../spec.ts'
import { ensureAgent } from '../sql/ensure-agent.ts'
import { findPolicyFaults } from './policy-faults.ts'
import type { PolicyRules, PolicyVersion } from './policy-rules.ts'
import { askHeldAgain, insertPolicy, listPolicies, lockPolicy } from './sql/policies.ts'

/** A change of what an organization leaves of an agent's policy. */
export interface PolicyChange {
  readonly rules: PolicyRules
  readonly note: string
  /** `user:ID`, `api_key:ID` or `cli`. */
  readonly actor: string
  /** Whether the actor may say yes to calls, which a standing yes is. */
  readonly mayApprove: boolean
  /** The version that the change was made from; refused where another has come since. */
  readonly expectedVersion?: number | undefined
}

/**
 * Writes the next version of an agent's policy. It counts for every call that is not on record yet, those that wait for
 * an approval or for their time among them. Throws `runtime.policy_invalid` with each wrong place,
 * `runtime.policy_changed`, and `identity.permission_missing` for a standing yes of one who may not say yes.
 */
export async function setPolicy(tx: TenantTx, agent: Agent, change: PolicyChange): Promise<PolicyVersion> {
  const { rules, note, actor, expectedVersion } = change
  const faults = [...findPolicyFaults(agent, rules), ...(await findZoneFaults(tx, rules))]
  if (faults.length > 0) throw invalid(agent, faults)
  const { id: agentId } = await ensureAgent(tx, agent)
  await lockPolicy(tx, agent.name)
  const [newest] = await listPolicies(tx, agent.name, { limit: 1 })
  const current = newest?.version ?? 0
  if (expectedVersion !== undefined && expectedVersion !== current) throw changedSince(agent, current)
  if (!change.mayApprove) assertNoNewYes(rules, newest?.rules)
  await insertPolicy(tx, { agentId, version: current + 1, rules, note, actor })
  await askHeldAgain(tx, agentId)
  const [written] = await listPolicies(tx, agent.name, { limit: 1 })
  if (written) return written
  throw new NeonHubError('runtime.policy_lost', 'The policy that was just written is not there', { kind: 'internal' })
}

/** The database turns hours into moments, so its list of zones is the one that counts. */
async function findZoneFaults(tx: TenantTx, { sendWindow }: PolicyRules): Promise<readonly ErrorIssue[]> {
  if (!sendWindow) return []
  const { rows } = await sql`select from pg_timezone_names where name = ${sendWindow.timeZone}`.execute(tx)
  if (rows.length > 0) return []
  const message = `is "${sendWindow.timeZone}", which is no time zone; give an IANA name such as Europe/Berlin`
  return [{ path: 'sendWindow.timeZone', message }]
}

function assertNoNewYes(rules: PolicyRules, earlier: PolicyRules | undefined): void {
  const known = (earlier?.approvals?.exempt ?? []).map(hashJson)
  const added = (rules.approvals?.exempt ?? []).filter((entry) => !known.includes(hashJson(entry)))
  // Asking for fewer approvals is a yes as well.
  const kept = rules.approvals?.require ?? []
  const dropped = (earlier?.approvals?.require ?? []).filter((tool) => !kept.includes(tool))
  const [first] = [...added.map(({ tool }) => tool), ...dropped]
  if (first === undefined) return
  throw new NeonHubError(
    'identity.permission_missing',
    `Letting ${first} go without an approval needs the permission approvals:decide`,
    { kind: 'forbidden', hint: 'Leave approvals as they are, or let someone who may approve set this policy.' },
  )
}

function invalid(agent: Agent, issues: readonly ErrorIssue[]): NeonHubError {
  const reasons = issues.map(({ path, message }) => `${path} ${message}`).join('; ')
  return new NeonHubError('runtime.policy_invalid', `This is no policy for ${agent.name}: ${reasons}`, {
    kind: 'invalid',
    issues,
    hint: `It can only narrow what the agent’s code allows: neonhub policy show ${agent.name}`,
  })
}

const changedSince = (agent: Agent, current: number) =>
  new NeonHubError('runtime.policy_changed', `The policy of ${agent.name} is at version ${current} by now`, {
    kind: 'conflict',
    hint: 'Look at it again, and change what is there now.',
  })
