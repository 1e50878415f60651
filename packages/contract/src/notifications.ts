import { z } from 'zod'
import { NotificationEvent } from './account.ts'
import type { Permission } from './identity.ts'
import { defineRoute } from './route.ts'
import { Id, IdParams, Moment } from './values.ts'

/** What a notification is about. */
export const NotificationSubject = z.enum([
  'run',
  'connection',
  'budget',
  'schedule',
  'webhook_endpoint',
  'member',
  'task',
  'training_job',
])
export type NotificationSubject = z.output<typeof NotificationSubject>

/** Of each kind: what it is about, and the permission without which nobody is told of it. */
export const notificationKinds: Readonly<
  Record<NotificationEvent, { readonly subject: NotificationSubject; readonly permission: Permission }>
> = {
  approval_requested: { subject: 'run', permission: 'approvals:decide' },
  effect_unknown: { subject: 'run', permission: 'approvals:decide' },
  run_failed: { subject: 'run', permission: 'runs:read' },
  run_needs_attention: { subject: 'run', permission: 'runs:read' },
  connection_failed: { subject: 'connection', permission: 'connections:read' },
  budget_low: { subject: 'budget', permission: 'budgets:read' },
  budget_exhausted: { subject: 'budget', permission: 'budgets:read' },
  schedule_refused: { subject: 'schedule', permission: 'schedules:read' },
  webhook_disabled: { subject: 'webhook_endpoint', permission: 'webhooks:read' },
  member_joined: { subject: 'member', permission: 'members:read' },
  task_handed_over: { subject: 'task', permission: 'tasks:read' },
  tuning_finished: { subject: 'training_job', permission: 'brands:read' },
  tuning_failed: { subject: 'training_job', permission: 'brands:read' },
}

export const Notification = z.object({
  id: Id,
  kind: NotificationEvent,
  subject: z.object({ type: NotificationSubject, id: Id }),
  /** Names and states: which agent, which budget, which error code. */
  facts: z.record(z.string(), z.unknown()),
  /** How often it happened since it was last resolved. */
  count: z.number().int().positive(),
  firstAt: Moment,
  lastAt: Moment,
  /** Since when nobody need look any more. */
  resolvedAt: Moment.optional(),
  /** Whether it happened since the caller read it, and is not resolved. */
  unread: z.boolean(),
})
export type Notification = z.output<typeof Notification>

const tag = 'notifications'

export const listNotifications = defineRoute({
  id: 'listNotifications',
  method: 'get',
  path: '/v1/notifications',
  tag,
  summary: 'What the caller ought to look at, by their permissions and without what they muted; the newest first',
  request: {
    query: z.strictObject({
      /** Only what is unread. */
      unread: z.enum(['true', 'false']).default('false'),
      limit: z.coerce.number().int().min(1).max(100).default(50),
      /** The `nextBefore` of the page before. */
      before: z
        .string()
        .regex(
          /^[0-9]{1,16}\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
          'must be the nextBefore of another page',
        )
        .optional(),
    }),
  },
  responses: {
    200: {
      description: 'A page of notifications',
      schema: z.object({
        notifications: z.array(Notification),
        /** Hand it back as `before` for the next, older page. */
        nextBefore: z.string().optional(),
        /** How many are unread, on whatever page. */
        unread: z.number().int(),
      }),
    },
  },
  permission: 'signed-in',
  audit: null,
})

export const readNotification = defineRoute({
  id: 'readNotification',
  method: 'post',
  path: '/v1/notifications/{id}/read',
  tag,
  summary: 'Marks one as read by the caller, until it happens again',
  request: { params: IdParams },
  responses: { 200: { description: 'It is read', schema: z.object({ id: Id }) } },
  permission: 'signed-in',
  audit: null,
})

export const readAllNotifications = defineRoute({
  id: 'readAllNotifications',
  method: 'post',
  path: '/v1/notifications/read',
  tag,
  summary: 'Marks all as read by the caller',
  request: {},
  responses: { 200: { description: 'How many were unread', schema: z.object({ read: z.number().int() }) } },
  permission: 'signed-in',
  audit: null,
})
