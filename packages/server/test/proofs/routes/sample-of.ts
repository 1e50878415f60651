import { z } from 'zod'

/** As much of JSON Schema as zod's own conversion writes. */
const SchemaNode = z.looseObject({
  type: z.string().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
  $ref: z.string().optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  minLength: z.number().optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  minItems: z.number().optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  additionalProperties: z.unknown().optional(),
})

/** A place in a request: `['fields', 'brandId']`. */
export type Place = readonly string[]

export interface Sample {
  readonly value: unknown
  /** Where ids stand. */
  readonly ids: readonly Place[]
  /** Objects that take no other properties than their own. */
  readonly closed: readonly Place[]
}

/** What zod checks beyond its JSON Schema, by the name of the property. */
const known: Readonly<Record<string, string>> = { timeZone: 'UTC', eventTypes: 'run.succeeded', cron: '@daily' }
/** Texts that patterns of a contract may ask for; the first that fits is taken. */
const texts = [
  'example',
  'Example',
  'run.succeeded',
  '10:00',
  '2026-01-01',
  'en',
  'USD',
  'runs:read',
  '+491511234567',
  'a@b.example',
  '1',
]
const formats: Readonly<Record<string, string>> = {
  email: 'someone@example.com',
  uri: 'https://example.com/',
  'date-time': '2036-01-01T00:00:00.000Z',
  date: '2036-01-01',
  uuid: '01900000-0000-7000-8000-000000000000',
}
/** An id that nobody has. */
export const absentId = '01900000-0000-7000-8000-000000000000'

/** A request's part that a schema takes, made from the schema alone; `isFull` with every property, at least one of each list. */
export function sampleOf(schema: z.ZodType, { isFull = false }: { readonly isFull?: boolean } = {}): Sample {
  const ids: Place[] = []
  const closed: Place[] = []
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const value = make(root, { root, isFull, place: [], ids, closed, depth: 0 })
  return { value, ids, closed }
}

interface Making {
  readonly root: unknown
  readonly isFull: boolean
  readonly place: Place
  readonly ids: Place[]
  readonly closed: Place[]
  readonly depth: number
}

function make(schema: unknown, making: Making): unknown {
  const node = SchemaNode.parse(resolve(schema, making.root))
  if (making.depth > 8) return null
  if (node.const !== undefined) return node.const
  if (node.enum) return node.enum[0]
  const [choice] = node.anyOf ?? node.oneOf ?? node.allOf ?? []
  if (choice !== undefined) return make(choice, { ...making, depth: making.depth + 1 })
  if (node.type === 'string') return makeText(node, making)
  if (node.type === 'integer' || node.type === 'number') return node.minimum ?? (node.exclusiveMinimum ?? 0) + 1
  if (node.type === 'boolean') return true
  if (node.type === 'null') return null
  if (node.type === 'array') {
    const count = Math.max(node.minItems ?? 0, making.isFull ? 1 : 0)
    return Array.from({ length: count }, (_, index) =>
      make(node.items, { ...making, place: [...making.place, String(index)], depth: making.depth + 1 }),
    )
  }
  return makeObject(node, making)
}

function makeObject(node: z.output<typeof SchemaNode>, making: Making): Record<string, unknown> {
  const { place, closed, depth } = making
  if (node.properties && node.additionalProperties === false) closed.push(place)
  const made: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(node.properties ?? {})) {
    const inner = { ...making, place: [...place, name], depth: depth + 1 }
    if (making.isFull || node.required?.includes(name)) made[name] = make(schema, inner)
  }
  return made
}

function makeText(node: z.output<typeof SchemaNode>, { place, ids }: Making): string {
  const name = place.findLast((part) => !/^\d+$/.test(part)) ?? ''
  const pattern = node.pattern === undefined ? undefined : new RegExp(node.pattern, 'u')
  if (node.format === 'uuid' || pattern?.test(absentId)) {
    const isIdOnly = pattern === undefined || !pattern.test('example')
    if (isIdOnly) {
      ids.push(place)
      return absentId
    }
  }
  const fitting = texts.find((text) => text.length >= (node.minLength ?? 0) && (pattern?.test(text) ?? true))
  return known[name] ?? formats[node.format ?? ''] ?? fitting ?? 'x'.repeat(node.minLength ?? 1)
}

function resolve(schema: unknown, root: unknown): unknown {
  const reference = SchemaNode.safeParse(schema).data?.$ref
  if (reference === undefined) return schema
  const path = reference.split('/').slice(1)
  return path.reduce<unknown>((value, key) => Object(value)[key], root)
}

/** A copy of a value with something else at a place; objects on the way are made. */
export function put(value: unknown, [name, ...rest]: Place, inner: unknown): unknown {
  if (name === undefined) return inner
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === name ? put(item, rest, inner) : item))
  const object: Record<string, unknown> = { ...Object(value ?? {}) }
  return { ...object, [name]: put(object[name], rest, inner) }
}

/** What stands at a place. */
export const at = (value: unknown, place: Place): unknown =>
  place.reduce<unknown>((inner, name) => Object(inner ?? {})[name], value)
