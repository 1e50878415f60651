import { z } from 'zod'
import { defineRoute } from './route.ts'
import { Id, IdParams, Moment } from './values.ts'

/** What a limit is of. Of a connection its calls are limited; of all else, root runs in the hands of workers. */
export const LimitScope = z.enum(['organization', 'brand', 'agent', 'connection'])
export type LimitScope = z.output<typeof LimitScope>

export const Limit = z.object({
  id: Id,
  scope: LimitScope,
  /** Slug. */
  brand: z.string().optional(),
  agent: z.string().optional(),
  /** The connection's name. */
  connection: z.string().optional(),
  atOnce: z.number().int().optional(),
  /** Calls that start within any sixty seconds. */
  perMinute: z.number().int().optional(),
  /** How many go on now; where calls are counted by the minute, how many started within the last. */
  used: z.number().int(),
  actor: z.string(),
  updatedAt: Moment,
})
export type Limit = z.output<typeof Limit>

const SetLimit = z
  .strictObject({
    scope: LimitScope,
    brand: z.string().min(1).max(64).optional(),
    agent: z.string().min(1).max(100).optional(),
    connection: z.string().min(1).max(100).optional(),
    atOnce: z.number().int().min(1).max(100_000).optional(),
    perMinute: z.number().int().min(1).max(1_000_000).optional(),
  })
  .superRefine((limit, context) => {
    const named = { brand: limit.brand, agent: limit.agent, connection: limit.connection }
    for (const [scope, value] of Object.entries(named)) {
      if ((limit.scope === scope) === (value !== undefined)) continue
      const message = value === undefined ? 'must be named by a limit of this scope' : 'belongs to another scope'
      context.addIssue({ code: 'custom', path: [scope], message })
    }
    if (limit.perMinute !== undefined && limit.scope !== 'connection') {
      context.addIssue({ code: 'custom', path: ['perMinute'], message: 'counts calls of a connection alone' })
    }
    if (limit.atOnce === undefined && limit.perMinute === undefined) {
      context.addIssue({ code: 'custom', path: ['atOnce'], message: 'must be given, or perMinute of a connection' })
    }
  })

export const listLimits = defineRoute({
  id: 'listLimits',
  method: 'get',
  path: '/v1/limits',
  tag: 'limits',
  summary: 'How much may go on at once, with how much does',
  request: {},
  responses: { 200: { description: 'The limits', schema: z.object({ limits: z.array(Limit) }) } },
  permission: 'budgets:read',
  audit: null,
})

export const setLimit = defineRoute({
  id: 'setLimit',
  method: 'put',
  path: '/v1/limits',
  tag: 'limits',
  summary: 'Limits how many runs, or calls of a connection, go on at once; what is over it waits and never fails',
  request: { body: SetLimit },
  responses: { 200: { description: 'The limit', schema: Limit } },
  permission: 'budgets:manage',
  audit: 'limit.set',
})

export const removeLimit = defineRoute({
  id: 'removeLimit',
  method: 'delete',
  path: '/v1/limits/{id}',
  tag: 'limits',
  summary: 'Takes a limit away',
  request: { params: IdParams },
  responses: { 200: { description: 'What was taken away', schema: Limit } },
  permission: 'budgets:manage',
  audit: 'limit.removed',
})
