import { routes } from '@neonhub/contract'
import { z } from 'zod'
import { implement } from '../../../implement.ts'
import { JsonMembers } from '../../../json-members.ts'

export const listAgents = implement(routes.listAgents)(async ({ parts }) => {
  const agents = [...parts.services.agents.values()].map(({ name, description, kind, policy, intents }) => ({
    name,
    description,
    kind,
    intents: Object.entries(intents).map(([intent, { description: what, needsBrand, input }]) => ({
      name: intent,
      description: what,
      needsBrand,
      input: JsonMembers.parse(z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' })),
    })),
    policy: {
      tools: policy.tools,
      agents: policy.agents ?? [],
      maxCostMicros: policy.maxCostMicros,
      withoutApproval: policy.withoutApproval ?? [],
    },
  }))
  return { status: 200, body: { agents } }
})
