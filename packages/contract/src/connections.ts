import { z } from 'zod'
import { defineRoute } from './route.ts'
import { Id, IdParams, JsonObject, Moment } from './values.ts'

export const Connection = z.object({
  id: Id,
  /** Id of the connector: `email`. */
  connector: z.string(),
  /** What a brief or an agent calls it. */
  name: z.string(),
  mode: z.enum(['sandbox', 'real']),
  status: z.enum(['active', 'failing', 'disabled']),
  /** What is no secret. */
  settings: JsonObject,
  /** Whether credentials are stored. They can be written and never read. */
  hasCredentials: z.boolean(),
  lastError: z.string().optional(),
  lastCheckedAt: Moment.optional(),
  /** The circuit breaker: there while its last calls failed by the provider's fault. */
  breaker: z
    .object({
      /** How many failed in a row, whichever workers made them. */
      faults: z.number().int().positive(),
      /** Until when no call leaves; where that is past, one at a time does. Absent while too few have failed. */
      openUntil: Moment.optional(),
      /** How the last of them failed. */
      error: z.string(),
    })
    .optional(),
  createdAt: Moment,
})
export type Connection = z.output<typeof Connection>

export const CreateConnection = z.strictObject({
  connector: z.string().min(1).max(64),
  /** The connector's id where absent. */
  name: z.string().trim().min(1).max(100).optional(),
  mode: z.enum(['sandbox', 'real']),
  settings: JsonObject.default({}),
  /** Written and never read back. Only for the mode `real`. */
  credentials: JsonObject.optional(),
})

export const listConnections = defineRoute({
  id: 'listConnections',
  method: 'get',
  path: '/v1/connections',
  tag: 'connections',
  summary: 'The connections of the organization, by name',
  request: {},
  responses: { 200: { description: 'The connections', schema: z.object({ connections: z.array(Connection) }) } },
  permission: 'connections:read',
  audit: null,
})

export const createConnection = defineRoute({
  id: 'createConnection',
  method: 'post',
  path: '/v1/connections',
  tag: 'connections',
  summary: 'Adds a connection; its credentials are sealed and never shown',
  request: { body: CreateConnection },
  responses: { 201: { description: 'The connection', schema: Connection } },
  permission: 'connections:write',
  audit: 'connection.created',
})

export const replaceConnection = defineRoute({
  id: 'replaceConnection',
  method: 'put',
  path: '/v1/connections/{id}',
  tag: 'connections',
  summary: 'Sets a connection anew, credentials included; what is left out is gone',
  request: { params: IdParams, body: CreateConnection.pick({ mode: true, settings: true, credentials: true }) },
  responses: { 200: { description: 'The connection', schema: Connection } },
  permission: 'connections:write',
  audit: 'connection.replaced',
})

export const checkConnection = defineRoute({
  id: 'checkConnection',
  method: 'post',
  path: '/v1/connections/{id}/check',
  tag: 'connections',
  summary: 'Asks the provider whether the connection works, and records the answer',
  request: { params: IdParams },
  responses: { 200: { description: 'The connection; `lastError` says what is wrong', schema: Connection } },
  permission: 'connections:write',
  audit: 'connection.checked',
})

export const resumeConnection = defineRoute({
  id: 'resumeConnection',
  method: 'post',
  path: '/v1/connections/{id}/resume',
  tag: 'connections',
  summary: 'Lets calls of a connection leave that are paused because the last ones failed',
  request: { params: IdParams },
  responses: { 200: { description: 'The connection', schema: Connection } },
  permission: 'connections:write',
  audit: 'connection.resumed',
})
