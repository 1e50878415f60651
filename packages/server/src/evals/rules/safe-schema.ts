import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { messageOf, NeonHubError } from '../../base/errors.ts'
import { assertAffordable, compilePattern } from './safe-pattern.ts'

/** Characters of its JSON: an answer is checked against each part of it. */
const largestSchema = 20_000

/**
 * What is wrong with a value by a JSON Schema that somebody wrote, empty where it fits. References are refused, since a
 * few of them that name each other twice make a check that never ends; patterns are RE2's. Throws `evals.schema_invalid`;
 * what is returned throws `evals.pattern_heavy`.
 */
export function safeSchema(schema: Readonly<Record<string, unknown>>): (value: unknown) => readonly string[] {
  const text = JSON.stringify(schema)
  if (text.length > largestSchema) throw invalid(`it has more than ${largestSchema} characters`)
  if (/"\$(?:ref|dynamicRef|recursiveRef)":/.test(text)) throw invalid('it has a reference')
  const patterns = countedPatterns()
  const ajv = new Ajv2020({ strict: false, logger: false, allErrors: false, code: { regExp: patterns.regExp } })
  addFormats.default(ajv, ['date', 'date-time', 'email', 'uri', 'uuid'])
  try {
    // First, so that the patterns of what schemas are checked by are not counted as its own.
    ajv.validateSchema(schema)
    const before = patterns.size()
    const validate = ajv.compile(schema)
    const size = patterns.size() - before
    return (value) => {
      if (size > 0) assertAffordable(size, JSON.stringify(value).length)
      if (validate(value)) return []
      return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '(root)'} ${message ?? ''}`)
    }
  } catch (error) {
    throw invalid(messageOf(error), error)
  }
}

/**
 * As Ajv asks for an engine, with how many instructions it was asked for. Ajv knows an expression by its text, so that those
 * without one would all be the first of them. `code` would name the engine in validators that are written to a file, which
 * these are not.
 */
function countedPatterns() {
  let size = 0
  const regExp = (pattern: string) => {
    const compiled = compilePattern(pattern)
    size += compiled.programSize()
    return { test: (text: string) => compiled.matcher(text).find(), toString: () => pattern }
  }
  return { regExp: Object.assign(regExp, { code: 'compilePattern' }), size: () => size }
}

const invalid = (reason: string, cause?: unknown) =>
  new NeonHubError('evals.schema_invalid', `The schema cannot be used: ${reason}`, {
    kind: 'invalid',
    hint: 'Give JSON Schema (2020-12) without $ref.',
    cause,
  })
