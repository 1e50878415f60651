import type { ApprovalStatus, RunStatus, ToolExecutionStatus } from './spec.ts'

/** A state machine as data: from each state, the states that may follow. */
export type Transitions<State extends string> = Readonly<Record<State, readonly State[]>>

export const runTransitions: Transitions<RunStatus> = {
  queued: ['running', 'cancelled'],
  // To `running` again: another worker takes the lease that the first one let lapse.
  running: ['running', 'queued', 'waiting', 'succeeded', 'failed', 'needs_attention', 'cancelled'],
  waiting: ['queued', 'running', 'cancelled'],
  succeeded: [],
  failed: ['queued', 'running', 'cancelled'],
  needs_attention: ['queued', 'running', 'cancelled'],
  cancelled: [],
}

export const toolExecutionTransitions: Transitions<ToolExecutionStatus> = {
  // To `simulated`: the run is a dry run, whose effects come to nothing else.
  planned: ['awaiting_approval', 'executing', 'denied', 'simulated'],
  awaiting_approval: ['executing', 'denied', 'expired'],
  // To `executing` again: called once more with the same key, where the effect class allows it.
  // To `denied`: nothing had left (the provider refused, or has none), and who was to get it has said no since.
  executing: ['executing', 'succeeded', 'failed', 'unknown', 'denied'],
  succeeded: [],
  // A person resumed the run: what failed without an effect is tried again.
  failed: ['planned'],
  unknown: ['succeeded', 'failed'],
  denied: [],
  expired: ['planned'],
  simulated: [],
}

export const approvalTransitions: Transitions<ApprovalStatus> = {
  pending: ['approved', 'denied', 'expired'],
  approved: ['used', 'expired'],
  denied: [],
  expired: [],
  // The call failed and certainly had no effect: the yes is unspent.
  used: ['approved'],
}

/** The states that may come before `target`: what an update's `where status in (…)` names. */
export function sourcesOf<State extends string>(transitions: Transitions<State>, target: State): readonly State[] {
  const states = Object.keys(transitions) as State[]
  return states.filter((state) => transitions[state].includes(target))
}
