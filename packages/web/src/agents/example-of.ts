import { z } from 'zod'

/** What an example is made from: the part of JSON Schema (2020-12) that the schemas of intents use. */
const Schema = z.looseObject({
  type: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
  items: z.unknown().optional(),
  minItems: z.number().default(0),
  minimum: z.number().default(0),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  enum: z.array(z.unknown()).optional(),
})

/**
 * A value in the shape of a schema, to be filled in: required members and those with a default. Texts are empty, so that
 * nothing made up is sent by mistake; the server names what is still missing.
 */
export function exampleOf(schema: unknown): unknown {
  const known = Schema.safeParse(schema).data
  if (!known) return null
  if (known['default'] !== undefined) return known['default']
  if (known['const'] !== undefined) return known['const']
  if (known.enum) return known.enum[0]
  const choice = (known.anyOf ?? known.oneOf)?.[0]
  if (choice !== undefined) return exampleOf(choice)
  switch (known.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(known.properties)
          .filter(([name, member]) => known.required.includes(name) || hasDefault(member))
          .map(([name, member]) => [name, exampleOf(member)]),
      )
    case 'array':
      return Array.from({ length: known.minItems }, () => exampleOf(known.items))
    case 'string':
      return ''
    case 'integer':
    case 'number':
      return known.minimum
    case 'boolean':
      return false
    default:
      return null
  }
}

const hasDefault = (schema: unknown): boolean => Schema.safeParse(schema).data?.['default'] !== undefined

/** A member of an input that may be left out. */
export interface OptionalMember {
  readonly name: string
  readonly description: string | undefined
  readonly example: unknown
}

/** The members that an example leaves out, each with an example of its own. */
export function optionalMembersOf(schema: unknown): readonly OptionalMember[] {
  const known = Schema.safeParse(schema).data
  if (!known) return []
  return Object.entries(known.properties)
    .filter(([name, member]) => !known.required.includes(name) && !hasDefault(member))
    .map(([name, member]) => ({
      name,
      description: z.looseObject({ description: z.string() }).safeParse(member).data?.description,
      example: exampleOf(member),
    }))
}
