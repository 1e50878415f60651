import { z } from 'zod'
import { defineRoute } from './route.ts'
import { Day } from './values.ts'

export const AgentDay = z.object({
  /** `2026-03-29`, in the organization's time zone. */
  day: Day,
  agent: z.string(),
  intent: z.string(),
  /** Runs that ended so on the day, child runs among them. */
  succeeded: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  /** Median from a run's first attempt to its end, waiting for people included; absent where none had an attempt. */
  durationP50Ms: z.number().optional(),
  durationP95Ms: z.number().optional(),
  /** What models cost; child runs have days of their own. */
  costMicros: z.number(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  toolCalls: z.int(),
  /** How many calls asked for a person's yes. */
  approvals: z.int(),
})
export type AgentDay = z.output<typeof AgentDay>

export const getAgentMetrics = defineRoute({
  id: 'getAgentMetrics',
  method: 'get',
  path: '/v1/agents/metrics',
  tag: 'agents',
  summary: 'What agents did day by day, also once their runs are gone; today’s are minutes old',
  request: {
    query: z.strictObject({
      agent: z.string().min(1).max(100).optional(),
      /** The first day; thirty days up to `to` where absent. */
      from: Day.optional(),
      /** The last day; today where absent. */
      to: Day.optional(),
    }),
  },
  responses: {
    200: {
      description: 'The days, oldest first; a day on which nothing ended has no entry',
      schema: z.object({ timeZone: z.string(), from: Day, to: Day, days: z.array(AgentDay) }),
    },
  },
  permission: 'runs:read',
  audit: null,
})
