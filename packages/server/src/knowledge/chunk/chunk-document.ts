import { sha256 } from '../../base/json.ts'
import { cutText } from '../parse/cut-text.ts'
import type { ParsedDocument } from '../parse/parsed-document.ts'
import { type Piece, splitBlock } from './split-block.ts'

/** A passage of a document, as it is embedded, found and cited. */
export interface Chunk {
  /** Its place in the document, from 0. */
  readonly ordinal: number
  /** The headings that stand above all of it, outermost first. */
  readonly headingPath: readonly string[]
  /** The document's own words, without headings. */
  readonly text: string
  /** Title, headings and text: what is embedded, so that a passage is found by words that only its headings say. */
  readonly contextualText: string
  /** As `countWords` counts. */
  readonly wordCount: number
  /** SHA-256 of `contextualText`, in hex: while it stays, the embedding stays. */
  readonly sha256: string
  readonly startLine: number
  readonly endLine: number
}

export interface ChunkSizes {
  readonly targetWords: number
  readonly maxWords: number
  /** A section shorter than this may share a chunk with its neighbour. */
  readonly tinyWords: number
}

/**
 * The offline model is the Universal Sentence Encoder (512 dimensions): it averages over the words of its input (Cer et
 * al. 2018, arXiv:1803.11175), so a long passage of several topics lands between them and near none. About 180 words
 * keep to one topic and still carry enough to quote.
 */
export const defaultChunkSizes: ChunkSizes = { targetWords: 180, maxWords: 300, tinyWords: 40 }

/**
 * Cuts a document into chunks: by its headings, without overlap, at sentences where a block is too long. Every
 * character of the blocks but white space is in exactly one chunk, in order; the same document gives the same chunks.
 */
export function chunkDocument(document: ParsedDocument, sizes: ChunkSizes = defaultChunkSizes): readonly Chunk[] {
  const language = document.language ?? 'en'
  const options = { ...sizes, language }
  const pieces = document.blocks.flatMap((block) => splitBlock(block, options))
  const sectionWords = new Map<number, number>()
  for (const { block, words } of pieces) {
    sectionWords.set(block.section, (sectionWords.get(block.section) ?? 0) + words)
  }
  const groups: Piece[][] = []
  let group: Piece[] = []
  let words = 0
  for (const piece of pieces) {
    const isTinySection = (sectionWords.get(piece.block.section) ?? 0) < sizes.tinyWords
    if (group.length === 0 || !belongs(piece, { previous: group.at(-1), words, isTinySection, sizes })) {
      group = []
      groups.push(group)
      words = 0
    }
    group.push(piece)
    words += piece.words
  }
  return groups.map((each, ordinal) => chunkOf(each, { ordinal, title: document.title }))
}

interface GroupState {
  readonly previous: Piece | undefined
  readonly words: number
  readonly isTinySection: boolean
  readonly sizes: ChunkSizes
}

function belongs(piece: Piece, { previous, words, isTinySection, sizes }: GroupState): boolean {
  const together = words + piece.words
  const isTiny = words < sizes.tinyWords
  if (previous?.block.section !== piece.block.section) {
    return (isTiny || isTinySection) && together <= sizes.targetWords
  }
  if (!isSamePath(previous.block.headingPath, piece.block.headingPath)) {
    return words < sizes.targetWords / 2 && together <= sizes.targetWords
  }
  return together <= (isTiny ? sizes.maxWords : sizes.targetWords)
}

function isSamePath(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((heading, index) => heading === other[index])
}

function chunkOf(pieces: readonly Piece[], { ordinal, title }: { ordinal: number; title: string }): Chunk {
  const headingPath = commonPath(pieces)
  const contextualText = contextualTextOf(title, { headingPath, text: withSubheadings(pieces, headingPath) })
  return {
    ordinal,
    headingPath,
    text: join(pieces, () => []).trim(),
    contextualText,
    wordCount: pieces.reduce((sum, piece) => sum + piece.words, 0),
    sha256: sha256(contextualText),
    startLine: Math.min(...pieces.map((piece) => piece.startLine)),
    endLine: Math.max(...pieces.map((piece) => piece.endLine)),
  }
}

function commonPath(pieces: readonly Piece[]): readonly string[] {
  const [first, ...rest] = pieces.map((piece) => piece.block.headingPath)
  const isShared = (heading: string, index: number) => rest.every((path) => path[index] === heading)
  const path = first ?? []
  const differs = path.findIndex((heading, index) => !isShared(heading, index))
  return differs === -1 ? path : path.slice(0, differs)
}

/** Title, headings and text: what is embedded of a chunk whose parts all stand under the same headings. */
export function contextualTextOf(
  title: string,
  { headingPath, text }: { readonly headingPath: readonly string[]; readonly text: string },
): string {
  return [contextOf(title, headingPath), text].join('\n\n')
}

function contextOf(title: string, headingPath: readonly string[]): string {
  return (headingPath[0] === title ? headingPath : [title, ...headingPath]).join(' › ')
}

/** The text with the headings that part of it stands under, where a chunk holds several small sections. */
function withSubheadings(pieces: readonly Piece[], headingPath: readonly string[]): string {
  let shown = headingPath
  const text = join(pieces, ({ block, continues }) => {
    if (continues && block.kind === 'table') return []
    if (isSamePath(block.headingPath, shown)) return []
    shown = block.headingPath
    return shown.length > headingPath.length ? [shown.slice(headingPath.length).join(' › ')] : []
  })
  const first = pieces[0]
  // Rows without their header say little: the later parts of a long table are embedded with it.
  if (first?.continues && first.block.kind === 'table') return `${headerOf(first)}\n${text.trim()}`
  return text.trim()
}

function headerOf({ block }: Piece): string {
  return cutText(block.text.split('\n', 1)[0] ?? '', 300)
}

function join(pieces: readonly Piece[], before: (piece: Piece) => readonly string[]): string {
  return pieces
    .map((piece, index) => {
      const headings = before(piece)
      const isDirect = index > 0 && piece.continues && pieces[index - 1]?.block === piece.block
      return (isDirect ? '' : '\n\n') + [...headings, piece.text].join('\n\n')
    })
    .join('')
}
