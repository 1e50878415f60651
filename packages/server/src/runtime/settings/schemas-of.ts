import { hashJson } from '../../base/json.ts'
import { jsonSchemaOf } from '../../base/json-schema.ts'
import type { Tool } from '../../connectors/index.ts'
import type { Intent } from '../spec.ts'

const known = new WeakMap<Intent, ReturnType<typeof readSchemas>>()

function readSchemas({ input, output }: Intent) {
  const schemas = { input: jsonSchemaOf(input), output: jsonSchemaOf(output) }
  return { ...schemas, hash: hashJson(schemas) }
}

/** The JSON schemas of an intent and the hash by which a change of them is told. Made once a process. */
export function schemasOf(intent: Intent): ReturnType<typeof readSchemas> {
  const schemas = known.get(intent) ?? readSchemas(intent)
  known.set(intent, schemas)
  return schemas
}

/** Likewise of a tool, whose effect class is part of what its callers rely on. */
export function toolSchemaOf({ action }: Tool) {
  const input = jsonSchemaOf(action.input)
  return { input, hash: hashJson({ effect: action.effect, input }) }
}
