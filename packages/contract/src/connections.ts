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
  /** What a person consented to at the provider; absent where credentials were entered. */
  authorization: z
    .object({
      /** Whose account it is, as the provider calls it. */
      account: z.string().optional(),
      scopes: z.array(z.string()),
      authorizedAt: Moment,
      /** Until when the provider takes its access token; absent for good. */
      accessExpiresAt: Moment.optional(),
      /** Whether the access is refreshed by itself. Where it is not and ends, somebody has to connect again. */
      refreshes: z.boolean(),
    })
    .optional(),
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

export const AuthorizeConnection = z.strictObject({
  connector: z.string().min(1).max(64),
  /** What the new connection will be called; the connector's id where absent. */
  name: z.string().trim().min(1).max(100).optional(),
  /** A connection to authorise anew: it keeps its id, its name and its settings. */
  connectionId: Id.optional(),
  /** What a new connection is set to, beside what the provider says of the account. */
  settings: JsonObject.default({}),
})

export const authorizeConnection = defineRoute({
  id: 'authorizeConnection',
  method: 'post',
  path: '/v1/connections/authorize',
  tag: 'connections',
  summary: 'Begins to connect an account by consent (OAuth 2.0): says where to send the signed-in person',
  request: { body: AuthorizeConnection },
  responses: {
    201: {
      description: 'Where to send their browser, and until when they may come back',
      schema: z.object({ authorizeUrl: z.url(), expiresAt: Moment }),
    },
  },
  permission: 'connections:write',
  audit: 'connection.authorization_started',
})

export const FinishAuthorization = z.strictObject({
  /** The connector whose address the provider sent them back to. */
  connector: z.string().min(1).max(64),
  state: z.string().min(1).max(256),
  /** What the provider sent them back with: a code, or why there is none. */
  code: z.string().min(1).max(4096).optional(),
  error: z.string().max(256).optional(),
  /** Who says so (RFC 9207). */
  iss: z.string().max(2048).optional(),
})

export const finishAuthorization = defineRoute({
  id: 'finishAuthorization',
  method: 'post',
  path: '/v1/connections/authorize/finish',
  tag: 'connections',
  summary: 'Connects the account that the signed-in person has just consented to at its provider',
  request: { body: FinishAuthorization },
  responses: { 200: { description: 'The connection', schema: Connection } },
  permission: 'connections:write',
  audit: 'connection.authorized',
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

/** What the organization pays for an action: for each call of it, or for each recipient of one. */
export const ActionPrice = z.strictObject({
  /** Micros (millionths) of the currency; 0 where it is free. */
  micros: z.number().int().min(0).max(1_000_000_000_000),
  /** ISO 4217. */
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be a code such as EUR'),
  per: z.enum(['call', 'recipient']),
})
export type ActionPrice = z.output<typeof ActionPrice>

export const ConfigureAction = z.strictObject({
  /** Whether agents may call it on this connection at all. */
  enabled: z.boolean().default(true),
  /** Arguments that stand whatever an agent gives: top-level ones of its schema. */
  fixed: JsonObject.default({}),
  /** Arguments that stand where an agent gives none. */
  defaults: JsonObject.default({}),
  /** What budgets of `tool_cost` count for it; absent where only the connector may know. */
  price: ActionPrice.optional(),
})

export const ConnectionAction = z.object({
  /** `send`. */
  action: z.string(),
  /** By which agents call it: `email.send`. */
  tool: z.string(),
  description: z.string(),
  /** JSON Schema (2020-12) of its arguments. */
  input: JsonObject,
  enabled: z.boolean(),
  fixed: JsonObject,
  defaults: JsonObject,
  price: ActionPrice.optional(),
  /** Grows with each change; 0 where nothing was ever fixed. */
  version: z.number().int(),
})
export type ConnectionAction = z.output<typeof ConnectionAction>

export const listConnectionActions = defineRoute({
  id: 'listConnectionActions',
  method: 'get',
  path: '/v1/connections/{id}/actions',
  tag: 'connections',
  summary: 'The actions of a connection, with what is fixed of each',
  request: { params: IdParams },
  responses: { 200: { description: 'The actions', schema: z.object({ actions: z.array(ConnectionAction) }) } },
  permission: 'connections:read',
  audit: null,
})

export const configureAction = defineRoute({
  id: 'configureAction',
  method: 'put',
  path: '/v1/connections/{id}/actions/{action}',
  tag: 'connections',
  summary: 'Sets what is fixed of an action of a connection; it counts for each call that has not left',
  request: { params: IdParams.extend({ action: z.string().min(1).max(64) }), body: ConfigureAction },
  responses: { 200: { description: 'The action', schema: ConnectionAction } },
  permission: 'connections:write',
  audit: 'connection.action_configured',
})
