/** What a text measures. */
export interface Readability {
  readonly words: number
  readonly sentences: number
  readonly syllables: number
  /** Flesch reading ease: 60 to 70 is plain English, below 30 is hard. 0 for a text without words. */
  readonly readingEase: number
}

/**
 * Flesch reading ease: 206.835 − 1.015 × (words / sentences) − 84.6 × (syllables / words).
 * Source: R. Flesch, "A new readability yardstick", Journal of Applied Psychology 32 (1948), pages 221 to 233.
 * It is made for English. Syllables are counted by their groups of vowels, which is right for about nine words in ten.
 */
export function measureReadability(text: string): Readability {
  const words = wordsOf(text)
  const sentences = Math.max(1, sentencesOf(text).length)
  const syllables = words.reduce((sum, word) => sum + countSyllables(word), 0)
  if (words.length === 0) return { words: 0, sentences: 0, syllables: 0, readingEase: 0 }
  const readingEase = 206.835 - 1.015 * (words.length / sentences) - 84.6 * (syllables / words.length)
  return { words: words.length, sentences, syllables, readingEase: Math.round(readingEase * 10) / 10 }
}

/** Runs of letters and digits, with what joins them inside (`don’t`, `hand-crank`, `1,286`). */
export function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}]+(?:[’'.,-][\p{L}\p{N}]+)*/gu) ?? []
}

/** Texts between full stops, question and exclamation marks, and line ends; those without a word are none. */
export function sentencesOf(text: string): readonly string[] {
  return text
    .split(/(?<=[.!?][”"')\]]?)\s+(?=[\p{Lu}\p{N}“"'(])|\n+/u)
    .map((sentence) => sentence.trim())
    .filter((sentence) => wordsOf(sentence).length > 0)
}

function countSyllables(word: string): number {
  const letters = word.toLowerCase().replaceAll(/[^a-z]/g, '')
  if (letters.length <= 3) return 1
  // A final e is silent (`grate`), unless it stands in `-le` after a consonant (`handle`).
  const spoken = letters.replace(/(?:[^laeiouy]es|[^aeioutd]ed|(?<![^aeiouy]l)e)$/, '').replace(/^y/, '')
  return Math.max(1, spoken.match(/[aeiouy]{1,2}/g)?.length ?? 1)
}
