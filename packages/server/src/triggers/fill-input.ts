import { NeonHubError } from '../base/errors.ts'

/** What an input may name of an event. */
export interface FillFrom {
  readonly id: string
  readonly type: string
  readonly occurredAt: string
  readonly data: unknown
}

const place = /\{\{\s*([^{}]+?)\s*\}\}/g
const wholePlace = /^\{\{\s*([^{}]+?)\s*\}\}$/

/**
 * Fills an input with what an event says: `{{data.text}}` alone becomes the value that stands there, of whatever kind,
 * and within other words its text. Throws `triggers.place_missing` where the event has no such place: an input with a
 * hole in it would ask an agent for something else.
 */
export function fillInput(input: unknown, event: FillFrom): unknown {
  if (typeof input === 'string') return fillText(input, event)
  if (Array.isArray(input)) return input.map((member: unknown) => fillInput(member, event))
  if (typeof input !== 'object' || input === null) return input
  return Object.fromEntries(Object.entries(input).map(([key, member]) => [key, fillInput(member, event)]))
}

function fillText(text: string, event: FillFrom): unknown {
  const [, path] = wholePlace.exec(text) ?? []
  if (path !== undefined) return find(path, event)
  return text.replaceAll(place, (_all, name: string) => {
    const value = find(name, event)
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
}

function find(path: string, event: FillFrom): unknown {
  let value: unknown = event
  for (const key of path.split('.')) {
    // Only what the event itself holds: `constructor` and its like are no part of it.
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
  }
  if (value !== undefined) return value
  throw new NeonHubError('triggers.place_missing', `The event has nothing at {{${path}}}`, {
    kind: 'invalid',
    hint: 'Correct the input of the trigger, or let it take only events that have it; then retry the delivery.',
  })
}
