import { createChecker } from './check-value.ts'
import { asksForSources, citableIds } from './citations.ts'
import { fillArray } from './fill-array.ts'
import { fillNumber } from './fill-number.ts'
import { fillObject } from './fill-object.ts'
import { type FillContext, isSpare } from './fill-context.ts'
import { fillString } from './fill-string.ts'
import type { Material } from './material.ts'
import { type Place, rootPlace } from './place.ts'
import { seededRandom } from './random.ts'
import { expandBranches, isNode, nodeOf, type SchemaNode, toDraft2020 } from './schema-node.ts'
import { nameWords, termsOf } from './words.ts'
import { factNamed } from './write-string.ts'

/**
 * A value that fits a JSON Schema (draft 7 or 2020-12), filled from the material. The whole is checked with ajv; where
 * keywords that can only be tested (`not`, `if`, `contains`, …) refuse it, other random choices are tried. A schema that
 * stays unmet gets the last attempt, and the caller's own check says what is wrong with it.
 */
export function fillSchema({
  schema,
  seed,
  gather,
  name,
}: {
  schema: unknown
  seed: string
  gather: () => Material
  name: string
}): unknown {
  const root = toDraft2020(schema)
  const check = createChecker(root)
  let value: unknown
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const material = gather()
    const context: FillContext = {
      root,
      check,
      material,
      random: seededRandom(`${seed}:${attempt}`),
      // A title that the facts name belongs to another text.
      taken: new Set(titlesIn(material.prompt.facts)),
      filled: 0,
      fill: (node, place) => fillNode(context, node, place),
    }
    value = context.fill(root, { ...rootPlace(name), index: attempt })
    if (check(root, value)) return value
  }
  return value
}

/** Titles among the facts, at any depth. */
function titlesIn(facts: unknown): readonly string[] {
  if (!facts || typeof facts !== 'object') return []
  return Object.entries(facts).flatMap(([name, value]) =>
    typeof value === 'string' && /title|headline|subject/i.test(name) ? [value] : titlesIn(value),
  )
}

/** Keywords that a value cannot be built from, only tested against. */
const testedOnly = [
  'not',
  'if',
  'contains',
  'dependentSchemas',
  'dependentRequired',
  'unevaluatedProperties',
  'oneOf',
  'anyOf',
]

function fillNode(context: FillContext, node: SchemaNode, place: Place): unknown {
  context.filled += 1
  const branches = orderBranches(context, expandBranches(context.root, node), place)
  const isCertain = branches.length === 1 && !testedOnly.some((keyword) => keyword in node)
  let first: unknown
  for (const [index, branch] of branches.entries()) {
    const value = fillPlain(context, branch, place)
    if (isCertain || context.check(node, value)) return value
    if (index === 0) first = value
  }
  return first
}

/** Null comes last, and first where it is time to end; items of an array take turns. */
function orderBranches(context: FillContext, branches: readonly SchemaNode[], place: Place): readonly SchemaNode[] {
  const isNull = (node: SchemaNode) => node['type'] === 'null' || node['const'] === null
  const nulls = branches.filter(isNull)
  const others = branches.filter((node) => !isNull(node))
  if (isSpare(context, place)) return [...nulls, ...others.toSorted((left, right) => weight(left) - weight(right))]
  const start = others.length === 0 ? 0 : place.index % others.length
  return [...others.slice(start), ...others.slice(0, start), ...nulls]
}

/** Rough size of what a node asks for, so that the branch that ends soonest can come first. */
function weight(node: SchemaNode): number {
  return JSON.stringify(node).length + (JSON.stringify(node).includes('$ref') ? 10_000 : 0)
}

function fillPlain(context: FillContext, node: SchemaNode, around: Place): unknown {
  const { material } = context
  const description = typeof node['description'] === 'string' ? node['description'] : around.description
  const place = { ...around, description }
  if ('const' in node) return node['const']
  if (Array.isArray(node['enum'])) return chooseEnum(context, node, place)
  const type = typeOf(node)
  const fact = factNamed(material, place.name)
  if (fact !== undefined && typeof fact !== 'string' && !isNode(fact) && context.check(node, fact)) return fact
  switch (type) {
    case 'object':
      return fillObject(context, node, place)
    case 'array':
      return fillArray(context, node, place)
    case 'number':
    case 'integer':
      return fillNumber(material, place, node)
    case 'boolean':
      return fillBoolean(context, place)
    case 'null':
      return null
    default: {
      const id = asksForSources(place.name) ? citedId(place, citableIds(material, place)) : undefined
      if (id !== undefined && context.check(node, id)) return id
      return fillString(context, place, node)
    }
  }
}

/** The type of a node, guessed from its keywords where it names none. Null only where nothing else is left. */
function typeOf(node: SchemaNode): string {
  const types = [node['type']].flat().filter((type) => typeof type === 'string')
  const named = types.find((type) => type !== 'null') ?? types[0]
  if (named !== undefined) return named
  const has = (...keywords: readonly string[]) => keywords.some((keyword) => keyword in node)
  if (has('properties', 'required', 'additionalProperties', 'minProperties', 'patternProperties', 'propertyNames'))
    return 'object'
  if (has('items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems', 'contains')) return 'array'
  if (has('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf')) return 'number'
  return 'string'
}

/** The items of a list take turns; a single field names the first source. */
function citedId(place: Place, ids: readonly string[]): string | undefined {
  return ids[place.isItem ? place.index % Math.max(1, ids.length) : 0]
}

/** The value that the facts name, else the one that the task or the sources speak of; items of an array take turns. */
function chooseEnum(context: FillContext, node: SchemaNode, place: Place): unknown {
  const { enum: _enum, ...rest } = node
  const all: readonly unknown[] = Array.isArray(node['enum']) ? node['enum'] : []
  const values = all.filter((value) => context.check(nodeOf(rest), value))
  const { material } = context
  const fact = factNamed(material, place.name)
  if (fact !== undefined && values.includes(fact)) return fact
  if (asksForSources(place.name)) {
    const id = citedId(
      place,
      citableIds(material, place).filter((one) => values.includes(one)),
    )
    if (id !== undefined) return id
  }
  if (place.index > 0) return values[place.index % Math.max(1, values.length)] ?? all[0]
  const task = new Set(termsOf(`${material.prompt.task} ${JSON.stringify(material.prompt.facts)}`))
  const sources = new Set(material.sources.flatMap(({ title, text }) => termsOf(`${title} ${text}`)))
  const isIn = (known: ReadonlySet<string>) => (value: unknown) =>
    typeof value === 'string' && termsOf(nameWords(value)).some((term) => known.has(term))
  return values.find(isIn(task)) ?? values.find(isIn(sources)) ?? values[0] ?? all[0]
}

/** Names that speak well of the answer are true, names that raise an alarm are not; others go by the dice. */
function fillBoolean(context: FillContext, place: Place): boolean {
  const words = nameWords(place.name)
  const fact = factNamed(context.material, place.name)
  if (typeof fact === 'boolean') return fact
  if (
    /\b(?:urgent|escalate|escalation|needs?|requires?|flag(?:ged)?|risk|spam|violation|error|failed|blocked|unsafe)\b/.test(
      words,
    )
  )
    return false
  if (
    /\b(?:ok|valid|approved|passe[sd]?|matches|on brand|grounded|compliant|recommended|answered|resolved|enabled)\b/.test(
      words,
    )
  )
    return true
  return context.random() < 0.5
}
