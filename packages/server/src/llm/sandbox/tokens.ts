/**
 * Tokens as the sandbox counts them: one for every four characters, rounded up, the rule of thumb that OpenAI gives for
 * English. Nothing is billed by it.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4)
}

/** The beginning of a text within so many tokens. */
export function cutAtTokens(text: string, tokens: number): string {
  return text.slice(0, tokens * 4)
}
