import { RE2JS } from 're2js'
import { messageOf, NeonHubError } from '../../base/errors.ts'

/**
 * A regular expression by RE2, which takes time in proportion to the text whatever the expression: a backtracking one, as
 * JavaScript's are, holds the process for years on `(a+)+b`. Throws `evals.pattern_invalid`.
 */
export function safePattern(
  pattern: string,
  { caseSensitive = true }: { readonly caseSensitive?: boolean } = {},
): (text: string) => boolean {
  const compiled = compile(pattern, caseSensitive)
  return (text) => compiled.matcher(text).find()
}

function compile(pattern: string, caseSensitive: boolean): RE2JS {
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
