import { canonicalJson } from '../../base/json.ts'
import { asksForSources, drawnOnCount } from './citations.ts'
import { type FillContext, isSpare } from './fill-context.ts'
import type { Place } from './place.ts'
import { flatten, isNode, nodesOf, nodeOf, numberOf, type SchemaNode } from './schema-node.ts'
import { nameWords } from './words.ts'

const numberWords = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']

/** An array of as many items as the schema, the facts or the task ask for, each on a source of its own in turn. */
export function fillArray(context: FillContext, node: SchemaNode, place: Place): readonly unknown[] {
  const tuple = nodesOf(node['prefixItems'])
  const rest = nodeOf(node['items'])
  const least = numberOf(node['minItems'], 0)
  const most = node['items'] === false ? tuple.length : numberOf(node['maxItems'], Number.POSITIVE_INFINITY)
  const wanted = Math.min(most, Math.max(least, isSpare(context, place) ? 0 : usualCount(context, node, place)))
  const isUnique = node['uniqueItems'] === true
  const seen = new Set<string>()
  const items: unknown[] = []
  // Unique items may take several tries; what is then still missing is more than the schema has.
  for (let index = 0; items.length < wanted && index < wanted * 12; index += 1) {
    const position = items.length
    const schema =
      tuple[position] ?? (position === 0 && isNode(node['contains']) ? { allOf: [rest, node['contains']] } : rest)
    const item = context.fill(schema, itemPlace(context, place, { schema, index }))
    const key = canonicalJson(item)
    if (isUnique && seen.has(key)) continue
    seen.add(key)
    items.push(item)
  }
  return items
}

function itemPlace(
  context: FillContext,
  place: Place,
  { schema, index }: { schema: SchemaNode; index: number },
): Place {
  const { sources } = context.material
  const isCitation = asksForSources(place.name)
  const cited = isCitation ? sources.filter(({ id }) => place.used.has(id)) : sources
  const pool = cited.length > 0 ? cited : sources
  const isObject = flatten(context.root, schema)['type'] === 'object'
  return {
    name: singular(place.name),
    description: place.description,
    index,
    isItem: true,
    depth: place.depth + 1,
    focus: isObject ? pool[index % Math.max(1, pool.length)] : place.focus,
    isQuoting: place.isQuoting || (isCitation && isObject),
    isListed: place.isListed || isObject,
    used: isCitation && !isObject ? place.used : new Set(),
    parent: place,
  }
}

function usualCount(context: FillContext, node: SchemaNode, place: Place): number {
  const { material } = context
  const tuple = nodesOf(node['prefixItems'])
  if (tuple.length > 0) return tuple.length
  if (asksForSources(place.name)) return drawnOnCount(material, place) || (material.sources.length > 0 ? 1 : 0)
  const words = nameWords(place.name)
  const asked = askedCount(material.prompt.task, words)
  if (asked !== undefined) return asked
  if (/\b(?:key ?words?|hash ?tags?|tags?|terms?)\b/.test(words)) return 5
  if (/\b(?:violations?|errors?|warnings?|risks?|issues?|problems?|faults?)\b/.test(words)) return 0
  return 3
}

/** “three posts”, “5 short social posts” for the property `posts`. */
function askedCount(task: string, words: string): number | undefined {
  const noun = words.split(' ').at(-1) ?? ''
  if (noun === '') return undefined
  const stem = noun.replace(/(?:ies|es|s)$/, '').replaceAll(/[^\p{L}\p{N}]/gu, '')
  const found = new RegExp(String.raw`\b(\d{1,2}|${numberWords.join('|')})\s+(?:[\w-]+\s+){0,3}?${stem}`, 'iu').exec(
    task,
  )?.[1]
  if (found === undefined) return undefined
  const spelt = numberWords.indexOf(found.toLowerCase())
  return spelt === -1 ? Number(found) : spelt
}

function singular(name: string): string {
  return name.replace(/ies$/, 'y').replace(/(?<=[^s])s$/, '')
}
