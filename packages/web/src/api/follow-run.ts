import { RunEvent } from '@neonhub/contract'
import { ApiError, parseJson } from './api-error.ts'
import { readEventStream, type StreamEvent } from './event-stream.ts'

/** `live`: events arrive. `reconnecting`: the stream was lost and is tried again. `closed`: nothing more will come. */
export type StreamState = 'live' | 'reconnecting' | 'closed'

export interface FollowOptions {
  /** Opens the stream after the event of that number. */
  readonly open: (lastEventId: number | undefined) => Promise<ReadableStream<Uint8Array>>
  readonly onEvent: (event: RunEvent) => void
  readonly onState: (state: StreamState) => void
  readonly sleep: (milliseconds: number) => Promise<void>
  readonly signal: AbortSignal
}

const firstPauseMs = 500
const longestPauseMs = 15_000

/**
 * Follows the events of a run until its `end`, and goes on after the last event it had when the connection is lost.
 * Gives up where the server refuses the request itself.
 */
export async function followRun({ open, onEvent, onState, sleep, signal }: FollowOptions): Promise<void> {
  let lastEventId: number | undefined
  let failures = 0
  while (!signal.aborted) {
    try {
      const body = await open(lastEventId)
      onState('live')
      for await (const streamEvent of readEventStream(body)) {
        const event = parseRunEvent(streamEvent)
        if (!event) continue
        failures = 0
        lastEventId = event.id
        onEvent(event)
        if (event.type === 'end') return onState('closed')
      }
    } catch (error) {
      // A lost connection is what this loop is for; the state tells the reader about it.
      if (!signal.aborted && error instanceof ApiError && !error.retryable) return onState('closed')
    }
    if (signal.aborted) return
    onState('reconnecting')
    await sleep(Math.min(firstPauseMs * 2 ** failures++, longestPauseMs))
  }
}

/** An event of a kind that this page does not know yet is passed over: the detail is read again anyway. */
function parseRunEvent({ id, type, data }: StreamEvent): RunEvent | undefined {
  return RunEvent.safeParse({ id: Number(id), type, data: parseJson(data) }).data
}
