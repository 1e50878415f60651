/** A JSON Schema object. Keywords are read through the functions below, since a schema may hold anything. */
export type SchemaNode = Readonly<Record<string, unknown>>

export const isNode = (value: unknown): value is SchemaNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A subschema: `true` allows everything, and so does what is no schema. */
export const nodeOf = (value: unknown): SchemaNode => (isNode(value) ? value : value === false ? { not: {} } : {})
export const nodesOf = (value: unknown): readonly SchemaNode[] => (Array.isArray(value) ? value.map(nodeOf) : [])
export const namedNodes = (value: unknown): Readonly<Record<string, SchemaNode>> =>
  isNode(value) ? Object.fromEntries(Object.entries(value).map(([name, node]) => [name, nodeOf(node)])) : {}
export const numberOf = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise)
export const stringsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []

/** Keywords that hold values, not schemas: nothing inside them is rewritten. */
const valueKeywords = new Set(['const', 'enum', 'default', 'examples', 'required'])

/**
 * A schema of draft 7 or OpenAPI 3.0 in the words of draft 2020-12: tuples as `prefixItems`, `nullable` as a type.
 * Identifiers go, since references are resolved by pointer alone.
 */
export function toDraft2020(schema: unknown): SchemaNode {
  return nodeOf(rewrite(schema))
}

function rewrite(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewrite)
  if (!isNode(value)) return value
  const { $schema: _schema, $id: _id, ...rest } = value
  const entries = Object.entries(rest).map(([key, inner]) => [key, valueKeywords.has(key) ? inner : rewrite(inner)])
  const node: Record<string, unknown> = Object.fromEntries(entries)
  if (Array.isArray(node['items'])) {
    node['prefixItems'] = node['items']
    delete node['items']
    if ('additionalItems' in node) node['items'] = node['additionalItems']
  }
  delete node['additionalItems']
  if (node['nullable'] === true && typeof node['type'] === 'string') node['type'] = [node['type'], 'null']
  delete node['nullable']
  return node
}

/** Follows `$ref`s by JSON pointer (RFC 6901) and merges `allOf`, until a node stands for itself. */
export function flatten(root: SchemaNode, node: SchemaNode, followed = 0): SchemaNode {
  const { $ref, allOf, ...own } = node
  if (followed > 50 || ($ref === undefined && allOf === undefined)) return own
  const parts = [
    ...(typeof $ref === 'string' ? [flatten(root, resolvePointer(root, $ref), followed + 1)] : []),
    ...nodesOf(allOf).map((part) => flatten(root, part, followed + 1)),
  ]
  return parts.reduce(mergeNodes, own)
}

function resolvePointer(root: SchemaNode, reference: string): SchemaNode {
  const steps = decodeURIComponent(reference.replace(/^[^#]*#\/?/, ''))
  let current: unknown = root
  for (const step of steps === '' ? [] : steps.split('/')) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    current = Array.isArray(current) ? current[Number(key)] : isNode(current) ? current[key] : undefined
  }
  return nodeOf(current)
}

/** A node that both of two nodes accept, as far as keywords can be put together. */
export function mergeNodes(left: SchemaNode, right: SchemaNode): SchemaNode {
  const merged: Record<string, unknown> = { ...left }
  for (const [key, value] of Object.entries(right)) {
    merged[key] = key in left ? mergeKeyword(key, left[key], value) : value
  }
  return merged
}

function mergeKeyword(key: string, left: unknown, right: unknown): unknown {
  if (/^(?:minimum|exclusiveMinimum|minLength|minItems|minProperties)$/.test(key))
    return Math.max(Number(left), Number(right))
  if (/^(?:maximum|exclusiveMaximum|maxLength|maxItems|maxProperties)$/.test(key))
    return Math.min(Number(left), Number(right))
  if (key === 'required') return [...new Set([...stringsOf(left), ...stringsOf(right)])]
  if (key === 'properties' || key === '$defs' || key === 'definitions' || key === 'patternProperties') {
    return mergeNamed(namedNodes(left), namedNodes(right))
  }
  if (key === 'type') {
    const types = [left]
      .flat()
      .filter((type) => [right].flat().some((other) => other === type || (type === 'number' && other === 'integer')))
    return types.includes('number') && [right].flat().includes('integer') ? right : types.length === 0 ? left : types
  }
  if (key === 'enum' && Array.isArray(left) && Array.isArray(right)) {
    return left.filter((value) => right.some((other) => JSON.stringify(other) === JSON.stringify(value)))
  }
  if (key === 'items' || key === 'additionalProperties') {
    return left === false || right === false
      ? false
      : isNode(left) && isNode(right)
        ? { allOf: [left, right] }
        : isNode(left)
          ? left
          : right
  }
  if (key === 'multipleOf') return leastCommonMultiple(Number(left), Number(right))
  if (key === 'anyOf' || key === 'oneOf')
    return [...nodesOf(left)].flatMap((one) => nodesOf(right).map((other) => ({ allOf: [one, other] })))
  return right
}

function mergeNamed(left: Readonly<Record<string, SchemaNode>>, right: Readonly<Record<string, SchemaNode>>) {
  const merged: Record<string, SchemaNode> = { ...left }
  for (const [name, node] of Object.entries(right)) {
    const known = left[name]
    merged[name] = known ? { allOf: [known, node] } : node
  }
  return merged
}

function leastCommonMultiple(left: number, right: number): number {
  const divisor = (one: number, other: number): number => (other === 0 ? one : divisor(other, one % other))
  return Number.isInteger(left) && Number.isInteger(right)
    ? (left * right) / divisor(left, right)
    : Math.max(left, right)
}

/** A node without alternatives for each way through its `anyOf` and `oneOf`, also those that a branch brings along. */
export function expandBranches(root: SchemaNode, node: SchemaNode, nested = 0): readonly SchemaNode[] {
  const { anyOf, oneOf, ...base } = flatten(root, node)
  const lists = [nodesOf(anyOf), nodesOf(oneOf)].filter((list) => list.length > 0)
  if (lists.length === 0 || nested > 4) return [base]
  const merged = lists.reduce<readonly SchemaNode[]>(
    (nodes, list) => nodes.flatMap((one) => list.map((branch) => mergeNodes(one, flatten(root, branch)))),
    [base],
  )
  return merged.flatMap((branch) => expandBranches(root, branch, nested + 1))
}
