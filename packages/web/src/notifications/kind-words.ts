import type { NotificationEvent } from '@neonhub/contract'

/** What each kind of notification says. */
export const kindWords: Readonly<Record<NotificationEvent, string>> = {
  approval_requested: 'Something waits for an approval',
  effect_unknown: 'Nobody knows whether a call had its effect',
  run_failed: 'A run failed',
  run_needs_attention: 'A run needs attention',
  connection_failed: 'A connection does not work any more',
  budget_low: 'A budget is nearly spent',
  budget_exhausted: 'A budget is used up',
  schedule_refused: 'A schedule could not start its run',
  webhook_disabled: 'A webhook endpoint was disabled',
  member_joined: 'Somebody joined',
  task_handed_over: 'An agent left a task to people',
  tuning_finished: 'A brand’s voice was learned',
  tuning_failed: 'A brand’s voice could not be learned',
}
