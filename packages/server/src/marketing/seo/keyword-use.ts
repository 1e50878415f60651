import { wordsOf } from './readability.ts'
import type { ReadArticle } from './read-article.ts'

/** Where and how often a search term stands in an article. */
export interface KeywordUse {
  readonly term: string
  /** In the running text, headings left out. */
  readonly count: number
  /** Share of the text's words that belong to the term, in per cent: count × words of the term / words × 100. */
  readonly densityPercent: number
  readonly inTitle: boolean
  readonly inMetaDescription: boolean
  readonly inHeadings: boolean
  readonly inOpening: boolean
}

/** How an article uses a term. Case, plural endings and hyphens make no difference. */
export function measureKeyword(
  term: string,
  { title, metaDescription, article }: { title: string; metaDescription: string; article: ReadArticle },
): KeywordUse {
  const count = countTerm(term, article.text)
  const words = wordsOf(article.text).length
  const share = words === 0 ? 0 : (count * normalWords(term).length) / words
  return {
    term,
    count,
    densityPercent: Math.round(share * 10_000) / 100,
    inTitle: countTerm(term, title) > 0,
    inMetaDescription: countTerm(term, metaDescription) > 0,
    inHeadings: article.headings.some(({ text }) => countTerm(term, text) > 0),
    inOpening: countTerm(term, article.paragraphs[0] ?? '') > 0,
  }
}

/** How often the words of a term follow each other in a text. */
export function countTerm(term: string, text: string): number {
  const wanted = normalWords(term)
  const words = normalWords(text)
  if (wanted.length === 0) return 0
  let count = 0
  for (let start = 0; start + wanted.length <= words.length; start += 1) {
    if (wanted.every((word, offset) => words[start + offset] === word)) count += 1
  }
  return count
}

/** Words in small letters, with the ending of the plural cut off and hyphens taken as spaces. */
export function normalWords(text: string): readonly string[] {
  return wordsOf(text.replaceAll(/[-–—]/g, ' ')).map((word) => {
    const small = word.toLowerCase().replace(/[’']s?$/, '')
    if (small.length > 4 && small.endsWith('ies')) return `${small.slice(0, -3)}y`
    return small.length > 3 && small.endsWith('s') && !small.endsWith('ss') ? small.slice(0, -1) : small
  })
}
