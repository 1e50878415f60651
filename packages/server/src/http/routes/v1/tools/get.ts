import { routes } from '@neonhub/contract'
import { findTool } from '../../../../connectors/index.ts'
import { findForeignTools, listPolicies, listToolRows } from '../../../../runtime/index.ts'
import { implement } from '../../../implement.ts'
import { JsonMembers } from '../../../json-members.ts'

export const listTools = implement(routes.listTools)(async ({ parts, inTenant }) => {
  const agents = [...parts.services.agents.values()]
  const { rows, inVain } = await inTenant(async (tx) => {
    const named = []
    for (const agent of agents) {
      const [policy] = await listPolicies(tx, agent.name, { limit: 1 })
      const foreign = policy ? findForeignTools(agent, policy.rules) : []
      named.push(...foreign.map(({ tool }) => ({ tool, agent: agent.name })))
    }
    return { rows: await listToolRows(tx), inVain: named }
  })
  const tools = rows.map(({ name, connector, effect, version, inputSchema, changedAt, goneAt }) => ({
    name,
    connector,
    description: findTool(name)?.action.description ?? 'This server’s code does not have it.',
    effect,
    version,
    changedAt: changedAt.toISOString(),
    ...(goneAt ? { goneAt: goneAt.toISOString() } : {}),
    input: JsonMembers.parse(inputSchema),
    agents: agents.filter(({ policy }) => policy.tools.includes(name)).map((agent) => agent.name),
    namedInVain: [...new Set(inVain.filter(({ tool }) => tool === name).map(({ agent }) => agent))],
  }))
  return { status: 200, body: { tools } }
})
