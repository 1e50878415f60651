import { z } from 'zod'
import { Permission } from './identity.ts'
import { defineRoute } from './route.ts'
import { Id, IdParams, Moment } from './values.ts'

export const ApiKey = z.object({
  id: Id,
  name: z.string(),
  /** The first characters, so that a person can tell keys apart. */
  prefix: z.string(),
  scopes: z.array(Permission),
  createdBy: z.string(),
  createdAt: Moment,
  expiresAt: Moment.optional(),
  revokedAt: Moment.optional(),
  lastUsedAt: Moment.optional(),
})
export type ApiKey = z.output<typeof ApiKey>

export const CreateApiKey = z.strictObject({
  name: z.string().trim().min(1).max(100),
  /** At most what the caller may do itself. */
  scopes: z.array(Permission).min(1).max(50),
  expiresAt: Moment.optional(),
})

export const CreatedApiKey = z.object({
  apiKey: ApiKey,
  /** The key itself. It is shown this once and kept nowhere. */
  key: z.string(),
})

export const listApiKeys = defineRoute({
  id: 'listApiKeys',
  method: 'get',
  path: '/v1/api-keys',
  tag: 'api keys',
  summary: 'The keys of the organization, newest first, revoked ones included',
  request: {},
  responses: { 200: { description: 'The keys', schema: z.object({ apiKeys: z.array(ApiKey) }) } },
  permission: 'api_keys:manage',
  audit: null,
})

export const createApiKey = defineRoute({
  id: 'createApiKey',
  method: 'post',
  path: '/v1/api-keys',
  tag: 'api keys',
  summary: 'Makes a key and shows it once',
  request: { body: CreateApiKey },
  responses: { 201: { description: 'The key', schema: CreatedApiKey } },
  permission: 'api_keys:manage',
  audit: 'api_key.created',
})

export const revokeApiKey = defineRoute({
  id: 'revokeApiKey',
  method: 'delete',
  path: '/v1/api-keys/{id}',
  tag: 'api keys',
  summary: 'Revokes a key for good',
  request: { params: IdParams },
  responses: { 200: { description: 'The revoked key', schema: ApiKey } },
  permission: 'api_keys:manage',
  audit: 'api_key.revoked',
})
