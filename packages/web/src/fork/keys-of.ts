import type { RunDetail } from '@neonhub/contract'

/** The keys from which a run can go on anew, each once, in the order of their beginnings. */
export function keysOf({ steps, toolExecutions, children }: RunDetail): readonly string[] {
  const timed = [
    ...steps.map(({ key, startedAt }) => ({ key, at: startedAt })),
    ...toolExecutions.map(({ stepKey, startedAt, finishedAt }) => ({ key: stepKey, at: startedAt ?? finishedAt })),
    ...children.flatMap(({ parentStepKey, startedAt }) =>
      parentStepKey === undefined ? [] : [{ key: parentStepKey, at: startedAt }],
    ),
  ]
  return [...new Set(timed.toSorted(byMoment).map(({ key }) => key))]
}

/** What has not begun comes last. */
function byMoment(
  { at: one = '~' }: { readonly at?: string | undefined },
  { at: other = '~' }: { readonly at?: string | undefined },
) {
  return one < other ? -1 : one > other ? 1 : 0
}
