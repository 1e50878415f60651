/** One event of a stream, with its fields as they came. */
export interface StreamEvent {
  readonly id: string
  readonly type: string
  readonly data: string
}

/**
 * Reads server-sent events out of a body, as "Interpreting an event stream" of the HTML standard says. We read the body
 * ourselves because `EventSource` can send no header, and the organization is chosen with one.
 */
export async function* readEventStream(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const parse = createEventParser()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield* parse(decoder.decode(value, { stream: true }))
    }
  } finally {
    await reader.cancel()
  }
}

/** Makes a parser that takes the text piece by piece and answers with the events that each piece completed. */
export function createEventParser(): (text: string) => StreamEvent[] {
  let rest = ''
  let lastId = ''
  let type = ''
  let data: string[] = []

  const readField = (line: string) => {
    const [, name, value = ''] = /^([^:]*)(?::\s?(.*))?$/s.exec(line) ?? []
    if (name === 'id' && !value.includes('\0')) lastId = value
    if (name === 'event') type = value
    if (name === 'data') data.push(value)
  }

  return (text) => {
    const events: StreamEvent[] = []
    rest += text
    for (;;) {
      // A carriage return at the very end may be the first half of a line end.
      const end = /\r\n|\n|\r(?!$)/.exec(rest)
      if (!end) return events
      const line = rest.slice(0, end.index)
      rest = rest.slice(end.index + end[0].length)
      if (line !== '') {
        readField(line)
        continue
      }
      if (data.length > 0) events.push({ id: lastId, type: type || 'message', data: data.join('\n') })
      type = ''
      data = []
    }
  }
}
