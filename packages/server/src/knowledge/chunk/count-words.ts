/** Scripts that are written without spaces between words; two characters make about one word there. */
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/gu
const charactersPerWord = 16
const unspacedPerWord = 2

/**
 * Counts words for the size of a chunk. What stands between white space is one word; a longer run (a URL, base64)
 * counts once for every 16 characters begun, and scripts without spaces once for every two, so that no text can be long
 * and yet count little. Zero only where there is nothing but white space.
 */
export function countWords(text: string): number {
  let count = 0
  for (const match of text.matchAll(/\S+/g)) count += weightOf(match[0])
  return count
}

function weightOf(run: string): number {
  const withoutSpaces = run.length > 1 ? (run.match(unspaced)?.length ?? 0) : 0
  return Math.max(1, Math.ceil(withoutSpaces / unspacedPerWord + (run.length - withoutSpaces) / charactersPerWord))
}
