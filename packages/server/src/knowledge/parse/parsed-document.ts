export type BlockKind = 'paragraph' | 'list' | 'table' | 'code' | 'quote'

/** A piece of text that belongs together, with where it stands. */
export interface Block {
  /** The headings above it, outermost first. */
  readonly headingPath: readonly string[]
  /** How many headings of level 1 or 2 stand before it: blocks of one section share the number. */
  readonly section: number
  readonly kind: BlockKind
  /** Never empty. Tables are rows of `cell | cell`, lists one item a line. */
  readonly text: string
  /** First and last line in the source, counted from 1. */
  readonly startLine: number
  readonly endLine: number
}

/** A document as it reads, without its markup. */
export interface ParsedDocument {
  readonly title: string
  /** BCP 47 tag, where the document names one. */
  readonly language: string | undefined
  readonly blocks: readonly Block[]
  /** What a person should know about how it was read, as sentences: a front matter that is not YAML, for example. */
  readonly notes: readonly string[]
}

/** What one parser found; `parseDocument` fills the gaps. */
export interface ParsedParts {
  readonly title: string | undefined
  readonly language: string | undefined
  readonly blocks: readonly Block[]
  readonly notes: readonly string[]
}
