import { z } from 'zod'
import { Connection } from './connections.ts'
import { defineRoute } from './route.ts'
import { JsonObject, Moment } from './values.ts'

export const ConnectorCatalogueEntry = z.object({
  /** What `POST /v1/connections` names as its connector: `email`. */
  id: z.string(),
  name: z.string(),
  description: z.string(),
  /** Whether a real connection takes credentials. */
  auth: z.enum(['none', 'optional', 'required']),
  /** JSON Schema (2020-12) of a connection's settings. */
  settings: JsonObject,
  /** Likewise of its credentials. */
  credentials: JsonObject,
  /** Where a person can connect it by their consent at the provider, in the place of entering credentials. */
  consent: z
    .object({
      /** Whether this installation has an app at the provider. */
      isConfigured: z.boolean(),
      scopes: z.array(z.string()),
      /** What the operator registers at the provider. */
      redirectUri: z.url(),
      /** Which variables of the environment name the app. */
      variables: z.string(),
    })
    .optional(),
  /** What a sandbox connection has that sets nothing. */
  sandboxSettings: JsonObject,
  actions: z.array(
    z.object({
      name: z.string(),
      /** By which agents call it: `email.send`. */
      tool: z.string(),
      description: z.string(),
      effect: z.enum(['read', 'idempotent', 'lookup', 'once']),
      /** The channel, where its recipients are people whose consent is asked. */
      toPeople: z.string().optional(),
    }),
  ),
  /** By which of its events it starts runs. */
  triggers: z.array(z.object({ name: z.string(), description: z.string() })),
  /** Grows with every change of what it takes, does or tells. */
  version: z.number().int(),
  changedAt: Moment,
  /** Since when this installation's code has it no longer. */
  goneAt: Moment.optional(),
  /** What this organization has connected by it. */
  connections: z.array(Connection.pick({ id: true, name: true, mode: true, status: true })),
})
export type ConnectorCatalogueEntry = z.output<typeof ConnectorCatalogueEntry>

export const listConnectors = defineRoute({
  id: 'listConnectors',
  method: 'get',
  path: '/v1/connectors',
  tag: 'connections',
  summary: 'What this installation can connect to, and what of it the organization has connected',
  request: {},
  responses: {
    200: { description: 'The connectors, by id', schema: z.object({ connectors: z.array(ConnectorCatalogueEntry) }) },
  },
  permission: 'connections:read',
  audit: null,
})
