import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { messageOf, NeonHubError } from '../../base/errors.ts'
import { safePattern } from './safe-pattern.ts'

/** Characters of its JSON: an answer is checked against each part of it. */
const largestSchema = 20_000

/**
 * What is wrong with a value by a JSON Schema that somebody wrote, empty where it fits. References are refused, since a
 * few of them that name each other twice make a check that never ends; patterns are RE2's. Throws `evals.schema_invalid`.
 */
export function safeSchema(schema: Readonly<Record<string, unknown>>): (value: unknown) => readonly string[] {
  const text = JSON.stringify(schema)
  if (text.length > largestSchema) throw invalid(`it has more than ${largestSchema} characters`)
  if (/"\$(?:ref|dynamicRef|recursiveRef)":/.test(text)) throw invalid('it has a reference')
  const ajv = new Ajv2020({ strict: false, logger: false, allErrors: false, code: { regExp } })
  addFormats.default(ajv, ['date', 'date-time', 'email', 'uri', 'uuid'])
  try {
    const validate = ajv.compile(schema)
    return (value) =>
      validate(value)
        ? []
        : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '(root)'} ${message ?? ''}`)
  } catch (error) {
    throw invalid(messageOf(error), error)
  }
}

/**
 * As Ajv asks for an engine. It knows an expression by its text, so that those without one would all be the first of them.
 * `code` would name the engine in validators that are written to a file, which these are not.
 */
const regExp = Object.assign((pattern: string) => ({ test: safePattern(pattern), toString: () => pattern }), {
  code: 'safePattern',
})

const invalid = (reason: string, cause?: unknown) =>
  new NeonHubError('evals.schema_invalid', `The schema cannot be used: ${reason}`, {
    kind: 'invalid',
    hint: 'Give JSON Schema (2020-12) without $ref.',
    cause,
  })
