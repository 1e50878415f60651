import type { PromptVoice } from '../spec.ts'

/** The rules of a voice that can be kept by a program. */
export interface VoiceRules {
  /** Whether a sentence may stand as it is. */
  readonly allows: (sentence: string) => boolean
  /** The text with what the voice forbids cut out. Nothing to avoid is in it afterwards. */
  readonly clean: (text: string) => string
}

const emoji = /\p{Extended_Pictographic}\u{FE0F}?/gu

/**
 * Reads from a voice what to avoid and the rules that are plain enough: the longest sentence in words, no exclamation
 * marks, no emoji, no questions, no all-capitals. Rules that ask for judgement (“be warm”) are not kept by this model.
 */
export function readVoiceRules(voice: PromptVoice | undefined): VoiceRules {
  const rules = (voice?.rules ?? []).join('\n').toLowerCase()
  const avoided = (voice?.avoid ?? []).map(avoidedPattern)
  const longest = Number(
    /(?:at most|no more than|fewer than|less than|under|below|within|max(?:imum)?(?: of)?|up to|longer than|over|above)\s+(\d+)\s+words/.exec(
      rules,
    )?.[1] ?? Number.POSITIVE_INFINITY,
  )
  const noExclamations = /(?:no|without|never|avoid|don[’']?t)[^.\n]{0,30}exclamation/.test(rules)
  const noEmoji = /(?:no|without|never|avoid|don[’']?t)[^.\n]{0,30}emoji/.test(rules)
  const noQuestions = /(?:no|without|never|avoid|don[’']?t)[^.\n]{0,30}(?:rhetorical )?questions/.test(rules)

  const clean = (text: string): string => {
    const plain = noExclamations ? text.replaceAll(/!+/g, '.') : text
    const bare = noEmoji ? plain.replaceAll(emoji, '') : plain
    const without = avoided.reduce((rest, pattern) => rest.replaceAll(pattern, ''), bare)
    return without === text ? text : tidy(without)
  }
  return {
    allows: (sentence) =>
      !avoided.some((pattern) => new RegExp(pattern.source, 'iu').test(sentence)) &&
      sentence.split(/\s+/).length <= longest &&
      !(noQuestions && sentence.trimEnd().endsWith('?')),
    // Cutting one phrase can bring another together, so it is done until nothing changes.
    clean: (text) => {
      let current = text
      for (let next = clean(current); next !== current; next = clean(current)) current = next
      return current
    },
  }
}

/** Whole words, with the plain endings, whatever the case and the spaces between. */
function avoidedPattern(phrase: string): RegExp {
  const words = phrase
    .trim()
    .split(/\s+/)
    .map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join(String.raw`\s+`)
  const starts = /^[\p{L}\p{N}]/u.test(phrase.trim()) ? String.raw`(?<![\p{L}\p{N}])` : ''
  const ends = /[\p{L}\p{N}]$/u.test(phrase.trim()) ? String.raw`(?:s|es|ed|d|ing|ly)?(?![\p{L}\p{N}])` : ''
  return new RegExp(`${starts}${words}${ends}`, 'giu')
}

function tidy(text: string): string {
  return text
    .replaceAll(/[ \t]{2,}/g, ' ')
    .replaceAll(/ +([.,;:!?])/g, '$1')
    .replaceAll(/([.,;:])(?:\s*[,;:])+/g, '$1')
    .replaceAll(/(^|\n)[ ,;:]+/g, '$1')
    .trim()
}
