import type pg from 'pg'

/** A statement that calls one function with parameters and nothing else: its text is the same however often it is asked. */
const call = /^\s*select\s+"?\w+"?\(\s*(?:\$\d+(?:::\w+)*\s*,?\s*)+\)(?:\s+as\s+"?\w+"?)?\s*$/i
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

/** What node-postgres turns into text without fail: where it fails, it forgets on one side that a statement is prepared. */
const isPlain = (value: unknown) => value === null || typeof value !== 'object'

/**
 * Has a connection parse and plan a call of a function once, and not each time that it is asked. So a migration must not
 * change what a function returns while servers are connected: one that returns something else has another name.
 */
export function prepareCalls(client: pg.ClientBase): void {
  const { query } = client
  const prepared = (text: unknown, values: unknown, ...rest: readonly unknown[]) => {
    // Without parameters node-postgres asks in one message, which leaves no portal open that holds a snapshot.
    const isCall = typeof text === 'string' && Array.isArray(values) && values.length > 0 && values.every(isPlain)
    const name = isCall ? nameOf(text) : undefined
    return Reflect.apply(
      query,
      client,
      name === undefined ? [text, values, ...rest] : [{ name, text, values }, ...rest],
    )
  }
  client.query = prepared as typeof query
}
