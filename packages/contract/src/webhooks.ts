import { z } from 'zod'
import { defineRoute } from './route.ts'
import { Id, IdParams, JsonObject, Moment, Page } from './values.ts'

/** What endpoints can be told of. `webhook.test` is what a person asks for, and goes to every endpoint. */
export const webhookEventTypes = [
  'run.succeeded',
  'run.failed',
  'run.needs_attention',
  'run.cancelled',
  'run.waiting',
  'approval.requested',
  'approval.approved',
  'approval.denied',
  'approval.expired',
  'tool_execution.unknown',
  'tool_execution.settled',
  'webhook.test',
] as const
export const WebhookEventType = z.enum(webhookEventTypes)
export type WebhookEventType = z.output<typeof WebhookEventType>

const groups = [...new Set(webhookEventTypes.map((type) => `${type.slice(0, type.indexOf('.'))}.*`))]
const filters: ReadonlySet<string> = new Set([...webhookEventTypes, ...groups, '*'])

/** An event's name, a whole group (`run.*`), or `*` for everything. */
export const WebhookEventFilter = z
  .string()
  .max(64)
  .refine((text) => filters.has(text), `must be one of ${[...filters].join(', ')}`)

export const WebhookEndpoint = z.object({
  id: Id,
  url: z.string(),
  eventTypes: z.array(z.string()),
  description: z.string(),
  status: z.enum(['enabled', 'failing', 'disabled']),
  disabledAt: Moment.optional(),
  /** Why nothing is sent there. */
  disabledReason: z.string().optional(),
  /** Since when every attempt has failed; it is disabled once that is three days. */
  failingSince: Moment.optional(),
  /** Until when the secret before the newest one signs as well. */
  earlierSecretUntil: Moment.optional(),
  /** Messages that are not delivered yet. */
  pending: z.number().int(),
  createdBy: z.string(),
  createdAt: Moment,
})
export type WebhookEndpoint = z.output<typeof WebhookEndpoint>

export const SetWebhookEndpoint = z.strictObject({
  /** https, or http where this installation allows the host. */
  url: z.url({ protocol: /^https?$/, error: 'must be a URL' }).max(2048),
  eventTypes: z.array(WebhookEventFilter).min(1).max(100),
  description: z.string().trim().max(500).default(''),
})

/** `whsec_` and 32 random bytes in base64. It is shown this once. */
const secret = z.string()

export const WebhookAttempt = z.object({
  id: Id,
  number: z.number().int(),
  url: z.string(),
  startedAt: Moment,
  /** Absent while it is under way, or where its process died. */
  durationMs: z.number().int().optional(),
  statusCode: z.number().int().optional(),
  /** The first bytes of the answer, as text. It comes from outside. */
  answer: z.string().optional(),
  error: z.string().optional(),
})
export type WebhookAttempt = z.output<typeof WebhookAttempt>

export const WebhookMessage = z.object({
  /** The `webhook-id` under which it is sent, the same in each attempt. */
  id: Id,
  endpointId: Id,
  eventType: z.string(),
  status: z.enum(['pending', 'sending', 'delivered', 'failed']),
  attempts: z.number().int(),
  /** When it is tried next; absent where it is over. */
  nextAt: Moment.optional(),
  finishedAt: Moment.optional(),
  createdAt: Moment,
})
export type WebhookMessage = z.output<typeof WebhookMessage>

export const WebhookMessageDetail = WebhookMessage.extend({
  /** What is sent: type, timestamp, data. */
  body: JsonObject,
  /** Newest first. */
  history: z.array(WebhookAttempt),
})
export type WebhookMessageDetail = z.output<typeof WebhookMessageDetail>

const tag = 'webhooks'
const endpointAnswer = { 200: { description: 'The endpoint as it is now', schema: WebhookEndpoint } }

export const listWebhookEndpoints = defineRoute({
  id: 'listWebhookEndpoints',
  method: 'get',
  path: '/v1/webhook-endpoints',
  tag,
  summary: 'Where the organization is told of what happens, newest first',
  request: {},
  responses: { 200: { description: 'The endpoints', schema: z.object({ endpoints: z.array(WebhookEndpoint) }) } },
  permission: 'webhooks:read',
  audit: null,
})

export const createWebhookEndpoint = defineRoute({
  id: 'createWebhookEndpoint',
  method: 'post',
  path: '/v1/webhook-endpoints',
  tag,
  summary: 'Adds an endpoint; the secret that signs its events is shown this once',
  request: { body: SetWebhookEndpoint },
  responses: {
    201: { description: 'The endpoint', schema: z.object({ endpoint: WebhookEndpoint, secret }) },
  },
  permission: 'webhooks:write',
  audit: 'webhook_endpoint.created',
})

export const updateWebhookEndpoint = defineRoute({
  id: 'updateWebhookEndpoint',
  method: 'put',
  path: '/v1/webhook-endpoints/{id}',
  tag,
  summary: 'Sets address, events and description anew; what waits goes to the new address',
  request: { params: IdParams, body: SetWebhookEndpoint },
  responses: endpointAnswer,
  permission: 'webhooks:write',
  audit: 'webhook_endpoint.updated',
})

export const deleteWebhookEndpoint = defineRoute({
  id: 'deleteWebhookEndpoint',
  method: 'delete',
  path: '/v1/webhook-endpoints/{id}',
  tag,
  summary: 'Removes an endpoint with its messages and their attempts',
  request: { params: IdParams },
  responses: { 200: { description: 'The endpoint that is gone', schema: WebhookEndpoint } },
  permission: 'webhooks:write',
  audit: 'webhook_endpoint.deleted',
})

export const rotateWebhookSecret = defineRoute({
  id: 'rotateWebhookSecret',
  method: 'post',
  path: '/v1/webhook-endpoints/{id}/rotate',
  tag,
  summary: 'Makes a new secret; the one before signs beside it for a while',
  request: {
    params: IdParams,
    body: z.strictObject({ overlapHours: z.number().min(0).max(168).default(24) }),
  },
  responses: {
    200: { description: 'The endpoint, and its new secret', schema: z.object({ endpoint: WebhookEndpoint, secret }) },
  },
  permission: 'webhooks:write',
  audit: 'webhook_endpoint.rotated',
})

export const disableWebhookEndpoint = defineRoute({
  id: 'disableWebhookEndpoint',
  method: 'post',
  path: '/v1/webhook-endpoints/{id}/disable',
  tag,
  summary: 'Sends nothing there any more; what waits is kept',
  request: { params: IdParams, body: z.strictObject({ reason: z.string().trim().min(1).max(500).optional() }) },
  responses: endpointAnswer,
  permission: 'webhooks:write',
  audit: 'webhook_endpoint.disabled',
})

export const enableWebhookEndpoint = defineRoute({
  id: 'enableWebhookEndpoint',
  method: 'post',
  path: '/v1/webhook-endpoints/{id}/enable',
  tag,
  summary: 'Goes on sending there, with what waits',
  request: { params: IdParams },
  responses: endpointAnswer,
  permission: 'webhooks:write',
  audit: 'webhook_endpoint.enabled',
})

export const testWebhookEndpoint = defineRoute({
  id: 'testWebhookEndpoint',
  method: 'post',
  path: '/v1/webhook-endpoints/{id}/test',
  tag,
  summary: 'Sends the event webhook.test there',
  request: { params: IdParams },
  responses: { 200: { description: 'The message, on its way', schema: WebhookMessage } },
  permission: 'webhooks:write',
  audit: 'webhook_endpoint.tested',
})

export const listWebhookMessages = defineRoute({
  id: 'listWebhookMessages',
  method: 'get',
  path: '/v1/webhook-messages',
  tag,
  summary: 'What endpoints were told or are to be told, newest first',
  request: { query: Page.extend({ endpoint: Id.optional(), status: WebhookMessage.shape.status.optional() }) },
  responses: {
    200: {
      description: 'A page of messages',
      schema: z.object({ messages: z.array(WebhookMessage), nextBefore: Id.optional() }),
    },
  },
  permission: 'webhooks:read',
  audit: null,
})

export const getWebhookMessage = defineRoute({
  id: 'getWebhookMessage',
  method: 'get',
  path: '/v1/webhook-messages/{id}',
  tag,
  summary: 'A message with what is sent and every attempt',
  request: { params: IdParams },
  responses: { 200: { description: 'The message', schema: WebhookMessageDetail } },
  permission: 'webhooks:read',
  audit: null,
})

export const redeliverWebhookMessage = defineRoute({
  id: 'redeliverWebhookMessage',
  method: 'post',
  path: '/v1/webhook-messages/{id}/redeliver',
  tag,
  summary: 'Sends a message again, under its id; its attempts begin anew',
  request: { params: IdParams },
  responses: { 200: { description: 'The message, on its way', schema: WebhookMessage } },
  permission: 'webhooks:write',
  audit: 'webhook_message.redelivered',
})
