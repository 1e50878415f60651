import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { canonicalJson } from '../../base/json.ts'
import { isNode, type SchemaNode } from './schema-node.ts'

/** Says whether a value fits a part of a schema. A part that the checker cannot compile fits nothing. */
export type CheckValue = (node: SchemaNode, value: unknown) => boolean

/** A checker for one root schema and its parts. References of a part lead to the root. */
export function createChecker(root: SchemaNode): CheckValue {
  const ajv = new Ajv2020({ strict: false, logger: false, validateSchema: false })
  addFormats.default(ajv)
  const compiled = new Map<string, (value: unknown) => boolean>()
  ajv.addSchema(root, 'root')

  const compile = (node: SchemaNode): ((value: unknown) => boolean) => {
    try {
      const validate = node === root ? ajv.getSchema('root') : ajv.compile(nodeWithRootRefs(node))
      return (value) => validate?.(value) === true
    } catch {
      return () => false
    }
  }
  return (node, value) => {
    const key = canonicalJson(node)
    const check = compiled.get(key) ?? compile(node)
    compiled.set(key, check)
    return check(value)
  }
}

function nodeWithRootRefs(node: SchemaNode): SchemaNode {
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, key === '$ref' ? `root${String(value)}` : withRootRefs(value)]),
  )
}

function withRootRefs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withRootRefs)
  return isNode(value) ? nodeWithRootRefs(value) : value
}
