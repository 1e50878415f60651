import { z } from 'zod'
import { messageOf } from '../../base/errors.ts'
import type { JsonObject } from '../../base/json.ts'
import { isStorableText } from '../../base/storable-text.ts'
import { inboundUnreadable } from './inbound-error.ts'

/** Deeper than any provider nests, and far from where databases and stacks give up. */
const deepest = 64

const Body = z.record(z.string(), z.json())

/** The JSON object of a request's body, in a form that a database keeps. Throws `connectors.inbound_unreadable`. */
export function parseJsonBody(body: Uint8Array): JsonObject {
  const value = parse(new TextDecoder().decode(body))
  assertKept(value)
  const result = Body.safeParse(value)
  if (result.success) return result.data
  throw inboundUnreadable('it is no JSON object')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw inboundUnreadable(messageOf(error), error)
  }
}

/** Not recursive: what comes in may nest deeper than the stack. Texts among the values are mended when they are written (`db/jsonb.ts`); keys are not. */
function assertKept(value: unknown): void {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }]
  for (let next = open.pop(); next; next = open.pop()) {
    const { value: found, depth } = next
    if (typeof found !== 'object' || found === null) continue
    if (depth > deepest) throw inboundUnreadable(`it nests more than ${deepest} deep`)
    for (const [key, member] of Object.entries(found)) {
      if (!isStorableText(key)) throw inboundUnreadable('a key in it holds a NUL or half a surrogate pair')
      open.push({ value: member, depth: depth + 1 })
    }
  }
}
