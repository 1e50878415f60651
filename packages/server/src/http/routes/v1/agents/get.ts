import { routes } from '@neonhub/contract'
import { z } from 'zod'
import { listCapabilities, listPausedAgents } from '../../../../runtime/index.ts'
import { implement } from '../../../implement.ts'
import { JsonMembers } from '../../../json-members.ts'

export const listAgents = implement(routes.listAgents)(async ({ parts, inTenant }) => {
  const { rows, paused } = await inTenant(async (tx) => ({
    rows: await listCapabilities(tx),
    paused: await listPausedAgents(tx),
  }))
  const agents = [...parts.services.agents.values()].map(({ name, description, kind, policy, intents }) => ({
    name,
    description,
    kind,
    status: paused.has(name) ? ('paused' as const) : ('active' as const),
    intents: Object.entries(intents).map(([intent, { description: what, needsBrand, input }]) => {
      const row = rows.find((one) => one.agent === name && one.intent === intent)
      return {
        name: intent,
        description: what,
        needsBrand,
        input: JsonMembers.parse(z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' })),
        ...(row
          ? { version: row.version, changedAt: row.changedAt.toISOString(), runsBeforeChange: row.runsBeforeChange }
          : {}),
      }
    }),
    policy: {
      tools: policy.tools,
      agents: policy.agents ?? [],
      maxCostMicros: policy.maxCostMicros,
      withoutApproval: policy.withoutApproval ?? [],
    },
  }))
  return { status: 200, body: { agents } }
})
