import { z } from 'zod'
import { knownTimeZone } from './identity.ts'
import { defineRoute } from './route.ts'

/** What a person can be told of. */
export const notificationEvents = [
  'approval_requested',
  'effect_unknown',
  'run_failed',
  'run_needs_attention',
  'connection_failed',
  'budget_low',
  'budget_exhausted',
  'schedule_refused',
  'webhook_disabled',
  'member_joined',
  'task_handed_over',
  'tuning_finished',
  'tuning_failed',
] as const
export const NotificationEvent = z.enum(notificationEvents)
export type NotificationEvent = z.output<typeof NotificationEvent>

/** By which ways a person is told of an event. */
export const NotificationWays = z.strictObject({ mail: z.boolean(), inApp: z.boolean() })
export type NotificationWays = z.output<typeof NotificationWays>

const Locale = z
  .string()
  .max(35)
  .regex(/^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*$/, 'must be a language tag such as de or en-GB')
const TimeZone = z.string().max(64).refine(knownTimeZone, 'must be an IANA time zone such as Europe/Berlin')

export const Theme = z.enum(['system', 'light', 'dark'])

export const UserSettings = z.object({
  /** Language tag (BCP 47); the browser's where absent. */
  locale: z.string().optional(),
  /** IANA name; the browser's where absent. */
  timeZone: z.string().optional(),
  theme: Theme,
  /** Of every event, by which ways the user is told. */
  notifications: z.record(NotificationEvent, NotificationWays),
})
export type UserSettings = z.output<typeof UserSettings>

export const ChangeUserSettings = z.strictObject({
  /** Null leaves it to the browser. */
  locale: Locale.nullable().optional(),
  timeZone: TimeZone.nullable().optional(),
  theme: Theme.optional(),
  /** The events that are named; the others stay as they are. */
  notifications: z.partialRecord(NotificationEvent, NotificationWays).optional(),
})
export type ChangeUserSettings = z.output<typeof ChangeUserSettings>

const answers = { 200: { description: 'The settings as they are now', schema: UserSettings } } as const

export const getMySettings = defineRoute({
  id: 'getMySettings',
  method: 'get',
  path: '/v1/me/settings',
  tag: 'account',
  summary: 'How the signed-in user wants to be shown and told things; keys and the operator have no settings',
  request: {},
  responses: answers,
  permission: 'signed-in',
  audit: null,
})

export const changeMySettings = defineRoute({
  id: 'changeMySettings',
  method: 'patch',
  path: '/v1/me/settings',
  tag: 'account',
  summary: 'Changes the settings that are named, and leaves the others',
  request: { body: ChangeUserSettings },
  responses: answers,
  permission: 'signed-in',
  audit: null,
})
