import { RE2JS } from 're2js'
import { messageOf, NeonHubError } from '../../base/errors.ts'

/**
 * A regular expression by RE2, which takes time in proportion to the text whatever the expression: a backtracking one, as
 * JavaScript's are, holds the process for years on `(a+)+b`. Throws `evals.pattern_invalid`; what is returned throws
 * `evals.pattern_heavy`.
 */
export function safePattern(
  pattern: string,
  options: { readonly caseSensitive?: boolean } = {},
): (text: string) => boolean {
  const compiled = compilePattern(pattern, options)
  return (text) => {
    assertAffordable(compiled.programSize(), text.length)
    return compiled.matcher(text).find()
  }
}

/** Throws `evals.pattern_invalid`. */
export function compilePattern(
  pattern: string,
  { caseSensitive = true }: { readonly caseSensitive?: boolean } = {},
): RE2JS {
  try {
    return RE2JS.compile(pattern, caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE)
  } catch (error) {
    throw new NeonHubError('evals.pattern_invalid', `"${pattern}" is no regular expression: ${messageOf(error)}`, {
      kind: 'invalid',
      hint: 'The syntax is that of RE2, without look-around and back-references.',
      cause: error,
    })
  }
}

/**
 * Instructions times characters: about half a second of a worker that does nothing else meanwhile. `[ab]{0,1000}c`, of 2,000
 * instructions, took a second over 20,000 characters, and a pattern may have fifty times as many.
 */
const mostSteps = 20_000_000

/** Throws `evals.pattern_heavy` where patterns of so many instructions would hold the process over a text so long. */
export function assertAffordable(programSize: number, characters: number): void {
  if (programSize * characters <= mostSteps) return
  throw new NeonHubError('evals.pattern_heavy', `The pattern takes too long over ${characters} characters`, {
    kind: 'invalid',
    hint: 'Repeat less in it ({0,1000} counts as a thousand), or look at a shorter part of the answer.',
  })
}
