import { z } from 'zod'
import { RecordedError } from './problem.ts'
import { defineRoute } from './route.ts'
import { Id, IdParams, JsonObject, Moment, Page, Slug } from './values.ts'

/** As the provider has them: a name, a whole group (`message.*`), or `*` for everything. */
const EventFilter = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^(?:\*|[^*]+?(?:\.\*)?)$/, 'must be a name, a group such as message.*, or *')

export const SetTrigger = z.strictObject({
  name: z.string().trim().min(1).max(100),
  /** Id of the connection whose events these are. */
  connectionId: Id,
  eventTypes: z.array(EventFilter).min(1).max(100),
  agent: z.string().min(1).max(100),
  intent: z.string().min(1).max(100),
  brand: Slug.optional(),
  /** The run's input. `{{data.text}}` stands for what the event says there; also `id`, `type` and `occurredAt`. */
  input: JsonObject.default({}),
  isEnabled: z.boolean().default(true),
})

export const Trigger = z.object({
  id: Id,
  name: z.string(),
  connectionId: Id,
  /** The connection's name. */
  connection: z.string(),
  eventTypes: z.array(z.string()),
  agent: z.string(),
  intent: z.string(),
  brand: z.string().optional(),
  input: z.unknown(),
  isEnabled: z.boolean(),
  createdBy: z.string(),
  createdAt: Moment,
})
export type Trigger = z.output<typeof Trigger>

/** What a trigger made of an event. */
export const TriggerFiring = z.object({
  triggerId: Id,
  trigger: z.string(),
  status: z.enum(['planned', 'started', 'failed']),
  agent: z.string(),
  intent: z.string(),
  brand: z.string().optional(),
  input: z.unknown(),
  runId: Id.optional(),
  error: RecordedError.optional(),
})

export const WebhookDelivery = z.object({
  id: Id,
  connectionId: Id,
  connection: z.string(),
  /** The provider's own: an event that it repeats is kept once. */
  eventId: z.string(),
  eventType: z.string(),
  /** When it happened at the provider. */
  occurredAt: Moment,
  /** `ignored`: no trigger takes it. `failed`: a trigger could not start its run, or working it met an accident. */
  status: z.enum(['pending', 'processed', 'ignored', 'failed']),
  error: RecordedError.optional(),
  finishedAt: Moment.optional(),
  createdAt: Moment,
})
export type WebhookDelivery = z.output<typeof WebhookDelivery>

export const WebhookDeliveryDetail = WebhookDelivery.extend({
  /** What the event says. It comes from outside. */
  data: JsonObject,
  firings: z.array(TriggerFiring),
})
export type WebhookDeliveryDetail = z.output<typeof WebhookDeliveryDetail>

/** Where a connection's events come in. */
export const InboundAddress = z.object({
  connectionId: Id,
  connection: z.string(),
  url: z.string(),
  /** What its events are signed with; shown of a sandbox connection, whose secret is nobody's. */
  sandboxSecret: z.string().optional(),
})
export type InboundAddress = z.output<typeof InboundAddress>

const tag = 'webhooks'

export const receiveWebhook = defineRoute({
  id: 'receiveWebhook',
  method: 'post',
  path: '/v1/webhooks/in/{token}',
  tag,
  summary: "Takes in a connection's event: signed by the provider, of any media type, kept once however often it comes",
  request: {
    params: z.strictObject({ token: z.string().min(1).max(200) }),
    /** Those of Standard Webhooks and of Slack; each connector reads its own. */
    headers: z
      .object({
        'webhook-id': z.string().optional(),
        'webhook-timestamp': z.string().optional(),
        'webhook-signature': z.string().optional(),
        'x-slack-request-timestamp': z.string().optional(),
        'x-slack-signature': z.string().optional(),
      })
      .catchall(z.string()),
  },
  responses: {
    200: { description: 'It is kept, or was; or what the provider asked', schema: JsonObject },
  },
  permission: 'public',
  audit: null,
})

export const getInboundAddress = defineRoute({
  id: 'getInboundAddress',
  method: 'get',
  path: '/v1/connections/{id}/inbound',
  tag,
  summary: "The address to enter at the provider, at which a connection's events come in",
  request: { params: IdParams },
  responses: { 200: { description: 'The address', schema: InboundAddress } },
  permission: 'webhooks:write',
  audit: null,
})

export const listWebhookDeliveries = defineRoute({
  id: 'listWebhookDeliveries',
  method: 'get',
  path: '/v1/webhook-deliveries',
  tag,
  summary: 'Events that came in, newest arrival first',
  request: {
    query: Page.extend({ connection: Id.optional(), status: WebhookDelivery.shape.status.optional() }),
  },
  responses: {
    200: {
      description: 'A page of events',
      schema: z.object({ deliveries: z.array(WebhookDelivery), nextBefore: Id.optional() }),
    },
  },
  permission: 'webhooks:read',
  audit: null,
})

export const getWebhookDelivery = defineRoute({
  id: 'getWebhookDelivery',
  method: 'get',
  path: '/v1/webhook-deliveries/{id}',
  tag,
  summary: 'An event with what it says, and the runs that it started',
  request: { params: IdParams },
  responses: { 200: { description: 'The event', schema: WebhookDeliveryDetail } },
  permission: 'webhooks:read',
  audit: null,
})

export const retryWebhookDelivery = defineRoute({
  id: 'retryWebhookDelivery',
  method: 'post',
  path: '/v1/webhook-deliveries/{id}/retry',
  tag,
  summary: 'Works an event again that failed or was ignored, by the triggers as they are now; no run is started twice',
  request: { params: IdParams },
  responses: { 200: { description: 'The event, pending', schema: WebhookDelivery } },
  permission: 'webhooks:write',
  audit: 'webhook_delivery.retried',
})

export const listTriggers = defineRoute({
  id: 'listTriggers',
  method: 'get',
  path: '/v1/triggers',
  tag,
  summary: 'Which events start which runs, by name',
  request: {},
  responses: { 200: { description: 'The triggers', schema: z.object({ triggers: z.array(Trigger) }) } },
  permission: 'webhooks:read',
  audit: null,
})

export const createTrigger = defineRoute({
  id: 'createTrigger',
  method: 'post',
  path: '/v1/triggers',
  tag,
  summary: "Lets events of a connection start runs; each is tainted, as the event's text is from outside",
  request: { body: SetTrigger },
  responses: { 201: { description: 'The trigger', schema: Trigger } },
  permission: 'webhooks:write',
  audit: 'trigger.created',
})

export const updateTrigger = defineRoute({
  id: 'updateTrigger',
  method: 'put',
  path: '/v1/triggers/{id}',
  tag,
  summary: 'Sets a trigger anew, whole',
  request: { params: IdParams, body: SetTrigger },
  responses: { 200: { description: 'The trigger as it is now', schema: Trigger } },
  permission: 'webhooks:write',
  audit: 'trigger.updated',
})

export const deleteTrigger = defineRoute({
  id: 'deleteTrigger',
  method: 'delete',
  path: '/v1/triggers/{id}',
  tag,
  summary: 'Removes a trigger; runs that it started stay',
  request: { params: IdParams },
  responses: { 200: { description: 'The trigger that is gone', schema: Trigger } },
  permission: 'webhooks:write',
  audit: 'trigger.deleted',
})
