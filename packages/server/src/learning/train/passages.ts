import { sentencesOf, wordsOf } from '../../marketing/index.ts'
import type { Passage, TrainingText } from '../spec.ts'

/** Long enough for rates per sentence to mean something, short enough that a few texts give many. */
const passageWords = 60
/** What is left at the end of a text stands alone from here on. */
const restWords = 30

/**
 * The sentences of a text without what is no prose: headings, tables, code, citations, link targets and the marks of
 * lists and emphasis. Lines that were only wrapped are joined.
 */
export function proseOf(text: string): string {
  const plain = text
    .replaceAll(/^(```|~~~)[\s\S]*?^\1.*$/gm, '\n')
    .replaceAll(/!\[[^\]\n]*\]\([^)\n]*\)/g, '')
    .replaceAll(/\[([^\]\n]+)\]\([^)\n]*\)/g, '$1')
    .replaceAll(/\s?\[S?\d{1,3}(?:,\s*S?\d{1,3})*\]/g, '')
    .replaceAll(/[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}/g, '')
  const paragraphs = plain.split(/\n\s*\n|\n(?=\s*(?:[-*+•>]|\d{1,3}[.)])\s)|\n(?=#{1,6}\s)|(?<=^#{1,6}\s.*)\n/m)
  return paragraphs
    .map((paragraph) =>
      paragraph
        .replace(/^\s*(?:(?:[-*+•>]|\d{1,3}[.)])\s+)+/, '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .filter(isProse)
    .join('\n')
}

const isProse = (paragraph: string) =>
  !paragraph.startsWith('#') &&
  !paragraph.includes(' | ') &&
  /[.!?…][”"’')\]]*$/.test(paragraph) &&
  wordsOf(paragraph).length >= 4

/** The passages of a text in their order, each of about 60 words in whole sentences. A text of under 30 words has none. */
export function passagesOf({ id, text, isQuotable }: TrainingText): readonly Passage[] {
  const passages: string[][] = []
  let open: string[] = []
  let words = 0
  for (const sentence of sentencesOf(proseOf(text))) {
    open.push(sentence)
    words += wordsOf(sentence).length
    if (words < passageWords) continue
    passages.push(open)
    open = []
    words = 0
  }
  if (words >= restWords) passages.push(open)
  else passages.at(-1)?.push(...open)
  return passages.map((sentences) => ({ textId: id, text: sentences.join(' '), isQuotable }))
}
