import type { Clock } from '../base/clock.ts'

/** One server-sent event (WHATWG HTML, 9.2). `data` is sent as JSON, which has no line breaks. */
export interface StreamEvent {
  readonly id?: number
  readonly type: string
  readonly data: unknown
}

interface EventStreamOptions {
  readonly clock: Clock
  /** The request's: fires when the reader goes away. */
  readonly signal: AbortSignal
  readonly heartbeatMs: number
  /** Is told why a stream was cut, unless its reader left. */
  readonly onFailure: (error: unknown) => void
}

/**
 * Answers with server-sent events: `produce` sends them, and the stream ends with it. Sending waits for a slow reader.
 * While nothing happens, a comment goes out every `heartbeatMs`, because proxies close silent connections.
 */
export function eventStream(
  { clock, signal, heartbeatMs, onFailure }: EventStreamOptions,
  produce: (send: (event: StreamEvent) => Promise<void>, signal: AbortSignal) => Promise<void>,
): Response {
  const { readable, writable } = new TransformStream<string, string>()
  const writer = writable.getWriter()
  const over = new AbortController()
  const stopped = AbortSignal.any([signal, over.signal])
  // Rejects where the reader has gone: then there is nobody to tell, and work for the stream ends.
  writer.closed.catch(() => over.abort())

  const run = async () => {
    try {
      await produce((event) => writer.write(format(event)), stopped)
      await writer.close()
    } catch (error) {
      if (!stopped.aborted) onFailure(error)
      // Cut, not ended: the reader comes back and goes on after the last event that it has.
      await writer.abort(error)
    } finally {
      over.abort()
    }
  }
  const beat = async () => {
    for (;;) {
      await clock.sleep(heartbeatMs, stopped)
      await writer.write(':\n\n')
    }
  }
  run().catch(onFailure)
  // Ends by a rejection: of the sleep once the stream is over, or of the write where its reader left.
  beat().catch(() => over.abort())

  return new Response(readable.pipeThrough(new TextEncoderStream()), {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // nginx would hold events back otherwise.
      'x-accel-buffering': 'no',
    },
  })
}

function format({ id, type, data }: StreamEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}
