import { sentencesOf, wordsOf } from './seo/readability.ts'
import type { CheckedVoice } from './spec.ts'

/** A place where a text does not speak as the brand does. */
export interface VoiceViolation {
  readonly kind: 'avoided' | 'long-sentence' | 'exclamation' | 'question' | 'emoji'
  /** The words at fault. */
  readonly excerpt: string
  readonly message: string
}

const emoji = /\p{Extended_Pictographic}/u

/**
 * Checks a text against what of a voice a program can know: words to avoid, a longest sentence, and whether exclamation
 * marks, questions and emoji are ruled out. Rules that ask for judgement are a model's business.
 */
export function checkVoice(text: string, { rules, avoid }: CheckedVoice): readonly VoiceViolation[] {
  const sentences = sentencesOf(text)
  const longest = longestSentence(rules)
  const bans = (what: RegExp) =>
    rules.some((rule) => /\b(?:no|never|avoid|without|don[’']?t)\b/i.test(rule) && what.test(rule))
  const noExclamations = bans(/exclamation/i)
  const noQuestions = bans(/\bquestions?\b/i)
  const noEmoji = bans(/emoji/i)
  return [
    ...avoid.flatMap((phrase) => avoided(text, phrase)),
    ...sentences.flatMap((sentence): readonly VoiceViolation[] => {
      const words = wordsOf(sentence).length
      return [
        ...(longest !== undefined && words > longest
          ? [violation('long-sentence', sentence, `A sentence has ${words} words; keep it under ${longest}.`)]
          : []),
        ...(noExclamations && sentence.includes('!')
          ? [violation('exclamation', sentence, 'No exclamation marks.')]
          : []),
        ...(noQuestions && /\?["”']?$/.test(sentence)
          ? [violation('question', sentence, 'No questions to the reader.')]
          : []),
        ...(noEmoji && emoji.test(sentence) ? [violation('emoji', sentence, 'No emoji.')] : []),
      ]
    }),
  ]
}

function violation(kind: VoiceViolation['kind'], excerpt: string, message: string): VoiceViolation {
  return { kind, excerpt: excerpt.length > 120 ? `${excerpt.slice(0, 119)}…` : excerpt, message }
}

/** The phrase as whole words, with the plain endings of verbs and plurals. */
function avoided(text: string, phrase: string): readonly VoiceViolation[] {
  const words = phrase
    .trim()
    .split(/\s+/)
    .map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  const pattern = new RegExp(
    String.raw`(?<![\p{L}\p{N}])${words.join(String.raw`\s+`)}(?:s|es|ed|d|ing|ly)?(?![\p{L}\p{N}])`,
    'giu',
  )
  return [...text.matchAll(pattern)].map(([found]) => violation('avoided', found, `The voice avoids “${phrase}”.`))
}

/** “Keep most sentences under 25 words”: a quarter more is let pass where the rule says “most”. */
function longestSentence(rules: readonly string[]): number | undefined {
  for (const rule of rules) {
    if (!/\bsentences?\b/i.test(rule)) continue
    const found =
      /\b(?:under|below|at most|no more than|fewer than|less than|up to|within|max(?:imum)?(?: of)?)\s+(\d+)\s+words\b/i.exec(
        rule,
      )?.[1]
    if (found !== undefined)
      return Math.round(Number(found) * (/\bmost\b(?!\s+\d)/i.test(rule.replace(/at most/i, '')) ? 1.25 : 1))
  }
  return undefined
}
