import type pg from 'pg'

/** A statement that calls one function and nothing else: its text is the same however often it is asked. */
const call = /^\s*select\s+"?\w+"?\(/i
/** Each is kept by every connection. There are some dozen; a text that is built anew each time must not fill the server. */
const mostPrepared = 200

const names = new Map<string, string>()

function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined) return known
  if (names.size >= mostPrepared || !call.test(text)) return undefined
  const name = `neonhub_${names.size}`
  names.set(text, name)
  return name
}

/** Has a connection parse and plan a call of a function once, and not each time that it is asked. */
export function prepareCalls(client: pg.ClientBase): void {
  const { query } = client
  const prepared = (text: unknown, values: unknown, ...rest: readonly unknown[]) => {
    const name = typeof text === 'string' && Array.isArray(values) ? nameOf(text) : undefined
    return Reflect.apply(
      query,
      client,
      name === undefined ? [text, values, ...rest] : [{ name, text, values }, ...rest],
    )
  }
  client.query = prepared as typeof query
}
