import { z } from 'zod'
import { defineRoute } from './route.ts'
import { JsonObject, Moment } from './values.ts'

export const AgentIntent = z.object({
  name: z.string(),
  description: z.string(),
  /** Whether a run of it has to name a brand. */
  needsBrand: z.boolean(),
  /** JSON Schema (2020-12) of the input. */
  input: JsonObject,
  /** Grows with every change of the input's or the output's schema; absent, like what follows, until a server has started. */
  version: z.number().int().optional(),
  changedAt: Moment.optional(),
  /** Unfinished runs of the organization that were asked for before the last change. */
  runsBeforeChange: z.number().int().optional(),
})
export type AgentIntent = z.output<typeof AgentIntent>

export const Agent = z.object({
  name: z.string(),
  description: z.string(),
  kind: z.enum(['copilot', 'workflow', 'analyst']),
  /** A paused one is asked nothing new in this organization. */
  status: z.enum(['active', 'paused']),
  intents: z.array(AgentIntent),
  /** What the agent may do; everything that is not named is forbidden. */
  policy: z.object({
    tools: z.array(z.string()),
    agents: z.array(z.string()),
    maxCostMicros: z.number().int(),
    withoutApproval: z.array(z.string()),
  }),
})
export type Agent = z.output<typeof Agent>

export const listAgents = defineRoute({
  id: 'listAgents',
  method: 'get',
  path: '/v1/agents',
  tag: 'agents',
  summary: 'The agents, what each can be asked, and what it may do',
  request: {},
  responses: { 200: { description: 'The agents', schema: z.object({ agents: z.array(Agent) }) } },
  permission: 'runs:read',
  audit: null,
})
