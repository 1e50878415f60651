import type { AgentConfiguration, AgentPrompt, AgentSettings, PolicyVersion } from '@neonhub/contract'
import { compact } from '../base/compact.ts'
import { NeonHubError } from '../base/errors.ts'
import type { TenantTx } from '../db/index.ts'
import {
  type Agent,
  type AgentConfig,
  findForeignTools,
  listConfigs,
  listPausedAgents,
  listPolicies,
  type PolicyVersion as StoredPolicy,
  type PromptView,
} from '../runtime/index.ts'
import type { HttpParts } from './parts.ts'
import type { ReadOnly } from './read-only.ts'

/** The agent of this name, as the code has it. Throws `runtime.agent_unknown`. */
export function getAgent({ services: { agents } }: HttpParts, name: string): Agent {
  const agent = agents.get(name)
  if (agent) return agent
  throw new NeonHubError('runtime.agent_unknown', `There is no agent named ${name}`, {
    kind: 'not_found',
    hint: `The agents are ${[...agents.keys()].join(', ')}.`,
  })
}

/** What the transaction's organization has set about an agent. */
export async function readAgentSettings(tx: TenantTx, agent: Agent): Promise<ReadOnly<AgentSettings>> {
  const [policy] = await listPolicies(tx, agent.name, { limit: 1 })
  return {
    name: agent.name,
    status: (await listPausedAgents(tx)).has(agent.name) ? 'paused' : 'active',
    ...(policy ? { policy: toPolicy(policy) } : {}),
    policyWarnings: policy ? findForeignTools(agent, policy.rules).map(({ path, message }) => ({ path, message })) : [],
    configurations: (await listConfigs(tx, agent.name)).map(toConfiguration),
  }
}

/** A version of a policy as the contract shows it. */
export function toPolicy({ createdAt, ...policy }: StoredPolicy): ReadOnly<PolicyVersion> {
  return { ...policy, createdAt: createdAt.toISOString() }
}

/** Likewise of a configuration. */
export function toConfiguration({ createdAt, ...config }: AgentConfig): ReadOnly<AgentConfiguration> {
  return { ...config, createdAt: createdAt.toISOString() }
}

/** Likewise a prompt with its versions. */
export function toPrompt({ versions, ...prompt }: PromptView): ReadOnly<AgentPrompt> {
  return {
    ...prompt,
    versions: versions.map(({ activatedAt, activatedBy, createdAt, ...version }) => ({
      ...version,
      ...compact({ activatedBy, activatedAt: activatedAt?.toISOString() }),
      createdAt: createdAt.toISOString(),
    })),
  }
}
