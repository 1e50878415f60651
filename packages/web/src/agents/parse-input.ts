import { z } from 'zod'

const JsonObject = z.record(z.string(), z.unknown())

/** The input that a text says, or why it says none. */
export type ParsedInput =
  | { readonly input: Readonly<Record<string, unknown>>; readonly problem?: never }
  | { readonly problem: string; readonly input?: never }

/** Reads a JSON object from what a person typed. */
export function parseInput(text: string): ParsedInput {
  try {
    const { data } = JsonObject.safeParse(JSON.parse(text))
    return data ? { input: data } : { problem: 'It must be an object: { … }' }
  } catch (error) {
    return { problem: error instanceof Error ? `It is not JSON yet: ${error.message}` : String(error) }
  }
}
