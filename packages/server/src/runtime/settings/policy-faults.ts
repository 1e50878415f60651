import type { ErrorIssue } from '../../base/errors.ts'
import { listTools } from '../../connectors/index.ts'
import type { Agent } from '../spec.ts'
import type { PolicyRules } from './policy-rules.ts'

/** Tools that a policy names, each with the place where. */
function toolsNamed({ tools, recipients, caps, approvals }: PolicyRules): readonly (readonly [string, string])[] {
  return [
    ...(tools ?? []).map((tool, index) => [`tools[${index}]`, tool] as const),
    ...(recipients ?? []).map(({ tool }, index) => [`recipients[${index}].tool`, tool] as const),
    ...(caps ?? []).flatMap(({ tool }, index) => (tool === undefined ? [] : [[`caps[${index}].tool`, tool] as const])),
    ...(approvals?.require ?? []).map((tool, index) => [`approvals.require[${index}]`, tool] as const),
    ...(approvals?.fourEyes ?? []).map((tool, index) => [`approvals.fourEyes[${index}]`, tool] as const),
    ...(approvals?.exempt ?? []).map(({ tool }, index) => [`approvals.exempt[${index}].tool`, tool] as const),
  ]
}

/** The tools that a policy names and the agent's code does not allow: a change of the code may have taken them away. */
export function findForeignTools(
  { policy }: Pick<Agent, 'policy'>,
  rules: PolicyRules,
): readonly (ErrorIssue & { readonly tool: string })[] {
  return toolsNamed(rules)
    .filter(([, tool]) => !policy.tools.includes(tool))
    .map(([path, tool]) => ({
      path,
      tool,
      message: `names ${tool}, which the agent’s code does not allow (${policy.tools.join(', ') || 'it allows no tool'})`,
    }))
}

/** What is wrong with a policy for an agent, as far as its words alone tell. */
export function findPolicyFaults(agent: Pick<Agent, 'policy'>, rules: PolicyRules): readonly ErrorIssue[] {
  const channels = new Set(listTools().map(({ action, connector }) => action.toPeople?.channel ?? connector.id))
  const caps = (rules.caps ?? []).flatMap((cap, index): ErrorIssue[] => {
    const path = `caps[${index}]`
    if ((cap.tool === undefined) === (cap.channel === undefined))
      return [{ path, message: 'names a tool or a channel' }]
    if (cap.perHour === undefined && cap.perDay === undefined) return [{ path, message: 'has perHour, perDay or both' }]
    if (cap.channel === undefined || channels.has(cap.channel)) return []
    return [{ path: `${path}.channel`, message: `is "${cap.channel}"; there are ${[...channels].join(', ')}` }]
  })
  const hours = (rules.sendWindow?.hours ?? []).flatMap(({ from, to }, index) =>
    from < to ? [] : [{ path: `sendWindow.hours[${index}]`, message: `ends at ${to}, which is not after ${from}` }],
  )
  const exempt = (rules.approvals?.exempt ?? []).flatMap(({ whenTainted, recipients }, index) =>
    whenTainted === true && (recipients ?? []).length === 0
      ? [{ path: `approvals.exempt[${index}]`, message: 'holds in tainted runs only where it names recipients' }]
      : [],
  )
  return [...findForeignTools(agent, rules), ...caps, ...hours, ...exempt]
}
