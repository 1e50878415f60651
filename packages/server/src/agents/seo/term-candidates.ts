import { normalWords, sentencesOf } from '../../marketing/index.ts'

/** A phrase that documents use, and how. */
export interface TermCandidate {
  readonly term: string
  /** How often the passages say it. */
  readonly count: number
  /** In how many documents. */
  readonly documents: number
}

const functionWords = new Set(
  `a about after all also an and any are as at be been before between but by can cannot come comes did do does each every
  few first for from get gets give given go goes had has have he her his how i if in into is it its last less made make
  makes many may me more most much must my never new no nor not now of off on once one only or other our out over own
  per put same say says see she should since so some still such take takes than that the their them then there these
  they this those three through to too two under until up us use used using very was way we well were what when where
  which while who why will with within without would year years you your`.split(/\s+/),
)

/**
 * Phrases of two or three words that stand in at least two documents, most frequent first: what the brand itself calls
 * things. A phrase neither begins nor ends with a function word or a number.
 */
export function findTerms(
  passages: readonly { readonly documentId: string; readonly text: string }[],
  limit: number,
): readonly TermCandidate[] {
  const seen = new Map<string, { count: number; documents: Set<string> }>()
  for (const { documentId, text } of passages) {
    for (const clause of sentencesOf(text).flatMap((sentence) => sentence.split(/[,;:()|–—]/))) {
      for (const term of phrasesOf(clause)) {
        const entry = seen.get(term) ?? { count: 0, documents: new Set() }
        entry.count += 1
        entry.documents.add(documentId)
        seen.set(term, entry)
      }
    }
  }
  const terms = [...seen]
    .map(([term, { count, documents }]) => ({ term, count, documents: documents.size }))
    .filter(({ documents }) => documents >= 2)
    .toSorted(
      (one, other) => other.documents * other.count - one.documents * one.count || (one.term < other.term ? -1 : 1),
    )
  // A phrase inside of a longer one that is as frequent says nothing more.
  return terms
    .filter(
      ({ term, count }) =>
        !terms.some(
          (longer) => longer.term !== term && longer.count >= count && ` ${longer.term} `.includes(` ${term} `),
        ),
    )
    .slice(0, limit)
}

function phrasesOf(clause: string): readonly string[] {
  const words = normalWords(clause)
  const isContent = (word: string | undefined) =>
    word !== undefined && /^\p{L}{3,}/u.test(word) && !functionWords.has(word)
  return words.flatMap((word, start) =>
    [2, 3].flatMap((size) =>
      isContent(word) && start + size <= words.length && isContent(words[start + size - 1])
        ? [words.slice(start, start + size).join(' ')]
        : [],
    ),
  )
}
