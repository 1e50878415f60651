/** What can be the matter, as `notification_kind` has it. */
export type NotificationKind =
  | 'approval_requested'
  | 'effect_unknown'
  | 'run_failed'
  | 'run_needs_attention'
  | 'connection_failed'
  | 'budget_low'
  | 'budget_exhausted'
  | 'schedule_refused'
  | 'webhook_disabled'
  | 'member_joined'
  | 'task_handed_over'
