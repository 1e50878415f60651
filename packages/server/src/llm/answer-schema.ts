import { z } from 'zod'
import { messageOf, NeonHubError } from '../base/errors.ts'
import type { JSONSchema7 } from '@ai-sdk/provider'

/** A schema as a provider is sent it, and whether the strict mode of OpenAI's dialect takes it. */
export interface AnswerSchema {
  readonly json: JSONSchema7
  readonly isStrict: boolean
}

type Node = { [key: string]: unknown }

/**
 * The JSON schema (draft 7, which every provider reads) of what a model must answer: the input side of the zod schema,
 * since its transforms run on the answer. Objects are closed. Strict mode demands that each property is required and
 * every object closed, so a schema with optional properties or records is sent without it.
 * Throws `llm.schema_unrepresentable` for a schema that JSON cannot hold, such as a `z.date()`.
 */
export function toAnswerSchema(schema: z.ZodType): AnswerSchema {
  try {
    let isStrict = true
    const json: JSONSchema7 = z.toJSONSchema(schema, {
      target: 'draft-7',
      io: 'input',
      override: ({ jsonSchema }) => {
        const node: Node = jsonSchema
        if (node['type'] !== 'object') return
        node['additionalProperties'] ??= false
        if (node['additionalProperties'] !== false || !allRequired(node)) isStrict = false
      },
    })
    return { json, isStrict }
  } catch (error) {
    throw new NeonHubError('llm.schema_unrepresentable', `The schema has no JSON form: ${messageOf(error)}`, {
      kind: 'internal',
      hint: 'Describe dates as ISO strings, and leave out what JSON cannot hold.',
      cause: error,
    })
  }
}

function allRequired({ properties, required }: Node): boolean {
  const names = properties && typeof properties === 'object' ? Object.keys(properties) : []
  return names.every((name) => Array.isArray(required) && required.includes(name))
}
