/**
 * What stands at a path of a JSON value (`emails[0].subject`), or undefined. `[*]` gives a list of what stands in each
 * member of a list, leaving out where nothing does. The path is well-formed, as the contract checks it.
 */
export function valueAt(value: unknown, path: string | undefined): unknown {
  return path === undefined ? value : walk(value, path.match(/[\w-]+|\[(?:\d+|\*)\]/g) ?? [])
}

function walk(value: unknown, [step, ...rest]: readonly string[]): unknown {
  if (step === undefined || value === undefined) return value
  if (step === '[*]') {
    if (!Array.isArray(value)) return undefined
    return value.map((member: unknown) => walk(member, rest)).filter((found) => found !== undefined)
  }
  if (step.startsWith('[')) return Array.isArray(value) ? walk(value[Number(step.slice(1, -1))], rest) : undefined
  return isObject(value) && Object.hasOwn(value, step) ? walk(value[step], rest) : undefined
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value as text: of an object or a list, the texts in it one under the other. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}`
  if (Array.isArray(value)) return value.map(textOf).filter(Boolean).join('\n')
  return isObject(value) ? textOf(Object.values(value)) : ''
}
