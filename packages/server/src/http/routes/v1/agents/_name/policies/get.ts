import { routes } from '@neonhub/contract'
import { listPolicies } from '../../../../../../runtime/index.ts'
import { getAgent, toPolicy } from '../../../../../agent-settings.ts'
import { implement } from '../../../../../implement.ts'

export const listAgentPolicies = implement(routes.listAgentPolicies)(async ({ parts, params, inTenant }) => {
  const agent = getAgent(parts, params.name)
  const policies = await inTenant((tx) => listPolicies(tx, agent.name, { limit: 100 }))
  return { status: 200, body: { policies: policies.map(toPolicy) } }
})
