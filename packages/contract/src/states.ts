import { z } from 'zod'

export const RunStatus = z.enum(['queued', 'running', 'waiting', 'succeeded', 'failed', 'needs_attention', 'cancelled'])
export type RunStatus = z.output<typeof RunStatus>

/** Which of an organization's runs goes first. Between organizations it says nothing: they take turns. */
export const RunPriority = z.enum(['interactive', 'normal', 'bulk'])
export type RunPriority = z.output<typeof RunPriority>

/** What a waiting run waits for. `send_time`: the hour, or the room under a cap, that its organization's policy asks for, or a place under the limits of a connection. `budget`: one that is spent. `time` and `event`: what its handler asked to wait for. */
export const RunWaitingReason = z.enum(['approval', 'unknown_effect', 'child', 'send_time', 'budget', 'time', 'event'])
export type RunWaitingReason = z.output<typeof RunWaitingReason>

/** `simulated` is an effect of a dry run: it was judged and written down, and has not left. */
export const ToolExecutionStatus = z.enum([
  'planned',
  'awaiting_approval',
  'executing',
  'succeeded',
  'failed',
  'unknown',
  'denied',
  'expired',
  'simulated',
])
export type ToolExecutionStatus = z.output<typeof ToolExecutionStatus>

/** `used` is an approval whose call has been made: it cannot be made with it again. */
export const ApprovalStatus = z.enum(['pending', 'approved', 'denied', 'expired', 'used'])
export type ApprovalStatus = z.output<typeof ApprovalStatus>
