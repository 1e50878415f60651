import { asksForSources } from './citations.ts'
import { type FillContext, isSpare } from './fill-context.ts'
import type { Place } from './place.ts'
import { isNode, namedNodes, nodeOf, numberOf, type SchemaNode, stringsOf } from './schema-node.ts'
import { slugify } from './words.ts'

/**
 * An object with its required properties, and the optional ones while there is room. Properties that ask for sources are
 * filled last, when it is known what the others drew on; the order of the schema is kept.
 */
export function fillObject(context: FillContext, node: SchemaNode, place: Place): Readonly<Record<string, unknown>> {
  const most = numberOf(node['maxProperties'], Number.POSITIVE_INFINITY)
  const names = propertyNames(context, node, { place, most })
  const inside = (name: string): Place => ({
    name,
    description: '',
    index: place.index,
    isItem: false,
    depth: place.depth + 1,
    focus: place.focus,
    isQuoting: place.isQuoting,
    isListed: place.isListed,
    used: new Set(asksForSources(name) ? place.used : []),
    parent: place,
  })
  const isLate = (name: string) => asksForSources(name)
  const values = new Map<string, unknown>()
  for (const name of [...names.filter((one) => !isLate(one)), ...names.filter(isLate)]) {
    values.set(name, context.fill(schemaOf(node, name), inside(name)))
  }
  return Object.fromEntries(names.map((name) => [name, values.get(name)]))
}

function propertyNames(
  context: FillContext,
  node: SchemaNode,
  { place, most }: { place: Place; most: number },
): readonly string[] {
  const properties = namedNodes(node['properties'])
  const required = stringsOf(node['required'])
  const optional = Object.keys(properties).filter((name) => !required.includes(name) && isPossible(properties[name]))
  const chosen = isSpare(context, place)
    ? required
    : [...required, ...optional.slice(0, Math.max(0, most - required.length))]
  const least = numberOf(node['minProperties'], 0)
  const isRecord = chosen.length === 0 && isNode(node['additionalProperties']) && !isSpare(context, place)
  const wanted = Math.min(most, Math.max(least, isRecord ? 2 : 0))
  const names = new Set(chosen)
  for (const name of optional) if (names.size < wanted) names.add(name)
  for (let attempt = 0; names.size < wanted && attempt < wanted * 20; attempt += 1) {
    const name = freshName(context, node, { place, attempt })
    if (name !== undefined && isPossible(schemaOf(node, name))) names.add(name)
  }
  const order = [...Object.keys(properties), ...names]
  return [...names].toSorted((left, right) => order.indexOf(left) - order.indexOf(right))
}

/** A key for a record: from the names that the schema allows, else from the patterns, else a keyword. */
function freshName(
  context: FillContext,
  node: SchemaNode,
  { place, attempt }: { place: Place; attempt: number },
): string | undefined {
  const allowed = nodeOf(node['propertyNames'])
  const pattern =
    node['additionalProperties'] === false ? Object.keys(namedNodes(node['patternProperties']))[0] : undefined
  const shape = { ...allowed, ...(pattern === undefined ? {} : { pattern }), type: 'string' }
  if ('propertyNames' in node || pattern !== undefined) {
    const name = context.fill(shape, { ...place, name: 'key', index: attempt, depth: place.depth + 1, used: new Set() })
    return typeof name === 'string' ? name : undefined
  }
  return slugify(context.material.keywords[attempt] ?? `item ${attempt + 1}`).replaceAll('-', '_')
}

/** What a property must fit: its own schema and each pattern that its name matches, else the one for all others. */
function schemaOf(node: SchemaNode, name: string): SchemaNode {
  const own = namedNodes(node['properties'])
  const patterns = Object.entries(namedNodes(node['patternProperties']))
    .filter(([pattern]) => new RegExp(pattern, 'u').test(name))
    .map(([, schema]) => schema)
  const schemas = [...(Object.hasOwn(own, name) ? [nodeOf(own[name])] : []), ...patterns]
  const [only] = schemas
  if (schemas.length === 1 && only) return only
  return schemas.length === 0 ? nodeOf(node['additionalProperties']) : { allOf: schemas }
}

/** A property with the schema `false` can only be left out. */
function isPossible(node: SchemaNode | undefined): boolean {
  return !(node && isNode(node['not']) && Object.keys(node['not']).length === 0)
}
