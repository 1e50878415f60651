import type { TraceNode } from './build-trace.ts'

interface Interval {
  readonly start: number
  readonly end: number
}

/** A pause that takes little room, because nothing happened in it: a wait for a person, or for a worker. */
export interface Pause {
  /** Where it lies, as a fraction of the width. */
  readonly at: number
  readonly durationMs: number
}

export interface TimeScale {
  /** The place of a moment, as a fraction of the width from 0 to 1. */
  readonly place: (moment: number) => number
  readonly pauses: readonly Pause[]
}

const shortestPauseMs = 5_000
/** Share of the time worked above which a pause would squeeze the rest. */
const pauseShare = 0.2
/** Share of the time worked that a shortened pause takes. */
const shownShare = 0.06

/**
 * Lays the moments of a trace on a line. Hours of waiting for an approval would leave the work itself too thin to see,
 * so long stretches in which nothing ran are drawn short.
 */
export function createTimeScale(root: TraceNode, now: number): TimeScale {
  const busy = mergeIntervals(leafIntervals(root, now))
  const begin = Math.min(root.startedAt ?? now, busy[0]?.start ?? now)
  const end = Math.max(root.finishedAt ?? now, busy.at(-1)?.end ?? now, begin + 1)
  const worked = busy.reduce((sum, interval) => sum + interval.end - interval.start, 0)
  const longest = worked === 0 ? Infinity : Math.max(shortestPauseMs, worked * pauseShare)

  const stretches: (Interval & { readonly width: number; readonly paused: boolean })[] = []
  const add = (start: number, stop: number, idle: boolean) => {
    if (stop <= start) return
    const paused = idle && stop - start > longest
    stretches.push({ start, end: stop, paused, width: paused ? worked * shownShare : stop - start })
  }
  let cursor = begin
  for (const interval of busy) {
    add(cursor, interval.start, true)
    add(Math.max(cursor, interval.start), interval.end, false)
    cursor = Math.max(cursor, interval.end)
  }
  add(cursor, end, true)

  const total = stretches.reduce((sum, stretch) => sum + stretch.width, 0)
  const place = (moment: number) => {
    let before = 0
    for (const { start, end: stop, width } of stretches) {
      if (moment < stop) return (before + (Math.max(0, moment - start) / (stop - start)) * width) / total
      before += width
    }
    return 1
  }
  const pauses = stretches
    .filter(({ paused }) => paused)
    .map(({ start, end: stop }) => ({ at: (place(start) + place(stop)) / 2, durationMs: stop - start }))
  return { place, pauses }
}

/** When something ran. A run that waits does not run, though it has not ended. */
function leafIntervals(node: TraceNode, now: number): Interval[] {
  if (node.children.length > 0) return node.children.flatMap((child) => leafIntervals(child, now))
  if (node.startedAt === undefined) return []
  if (node.finishedAt === undefined && (node.kind === 'run' || !activeStates.has(node.status))) {
    return [{ start: node.startedAt, end: node.startedAt }]
  }
  return [{ start: node.startedAt, end: Math.max(node.startedAt, node.finishedAt ?? now) }]
}

const activeStates = new Set(['running', 'executing'])

function mergeIntervals(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = []
  for (const interval of intervals.toSorted((left, right) => left.start - right.start)) {
    const last = merged.at(-1)
    if (last && interval.start <= last.end) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, interval.end) }
    } else merged.push(interval)
  }
  return merged
}
