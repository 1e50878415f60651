import type { Block } from '../parse/parsed-document.ts'
import { countWords } from './count-words.ts'

/** A part of a block. The pieces of a block, joined, are its text. */
export interface Piece {
  readonly block: Block
  readonly text: string
  readonly words: number
  /** Whether a piece of the same block goes before it. */
  readonly continues: boolean
  readonly startLine: number
  readonly endLine: number
}

interface SplitOptions {
  readonly targetWords: number
  readonly maxWords: number
  /** BCP 47 tag, whose rules say where a sentence ends. */
  readonly language: string
}

/**
 * A block of at most `maxWords` stays whole. A longer one is cut into pieces of at most `targetWords`: at lines (tables,
 * code, lists), at sentences, at white space, and last within a run without white space.
 */
export function splitBlock(block: Block, { targetWords, maxWords, language }: SplitOptions): Piece[] {
  if (countWords(block.text) <= maxWords) return [pieceOf(block, { text: block.text, from: 0 })]
  const byLine = (text: string) => text.split(/(?<=\n)/)
  const bySentence = (text: string) => sentencesOf(text, language)
  const cuts = block.kind === 'paragraph' || block.kind === 'quote' ? [bySentence] : [byLine, bySentence]
  const texts = cutToFit(block.text, [...cuts, bySpace, byCharacter], targetWords)
  let from = 0
  return texts.map((text) => {
    const piece = pieceOf(block, { text, from })
    from += text.length
    return piece
  })
}

type Cut = (text: string) => readonly string[]

/** Cuts with the first cut, joins neighbours again up to `maxWords`, and cuts with the next what is still too long. */
function cutToFit(text: string, [cut, ...finerCuts]: readonly Cut[], maxWords: number): string[] {
  if (!cut || countWords(text) <= maxWords) return [text]
  const fitting: string[] = []
  let joined: string[] = []
  let words = 0
  const flush = () => {
    if (joined.length > 0) fitting.push(joined.join(''))
    joined = []
    words = 0
  }
  for (const part of cut(text)) {
    const partWords = countWords(part)
    if (words + partWords > maxWords) flush()
    if (partWords > maxWords) fitting.push(...cutToFit(part, finerCuts, maxWords))
    else {
      joined.push(part)
      words += partWords
    }
  }
  flush()
  return fitting
}

function sentencesOf(text: string, language: string): readonly string[] {
  return Array.from(new Intl.Segmenter(language, { granularity: 'sentence' }).segment(text), (each) => each.segment)
}

function bySpace(text: string): readonly string[] {
  return text.split(/(?<=\s)(?=\S)/)
}

/** Pieces of eight characters, never through the middle of one that takes two code units. */
function byCharacter(text: string): readonly string[] {
  return text.match(/[^]{1,8}/gu) ?? []
}

/**
 * The lines a piece stands on: exact where each line of the text is one of the source (code, plain text, most
 * Markdown), else the block's own.
 */
function pieceOf(block: Block, { text, from }: { text: string; from: number }): Piece {
  const whole = { block, text, words: countWords(text), continues: from > 0 }
  const sourceLines = block.endLine - block.startLine
  if (linesIn(block.text) !== sourceLines) return { ...whole, startLine: block.startLine, endLine: block.endLine }
  const startLine = block.startLine + linesIn(block.text.slice(0, from))
  return { ...whole, startLine, endLine: startLine + linesIn(text.trimEnd()) }
}

function linesIn(text: string): number {
  return text.split('\n').length - 1
}
