import type { Block, BlockKind } from './parsed-document.ts'

interface Heading {
  readonly level: number
  readonly text: string
  readonly line: number
  filled: boolean
}

/** Gathers headings and blocks in reading order and gives each block its heading path. */
export interface BlockCollector {
  readonly heading: (level: number, text: string, line: number) => void
  readonly block: (kind: BlockKind, text: string, lines: { readonly start: number; readonly end: number }) => void
  /** The first heading of level 1, or undefined. */
  readonly firstTitle: () => string | undefined
  readonly finish: () => readonly Block[]
}

/** An empty collector for one document. */
export function collectBlocks(): BlockCollector {
  const blocks: Block[] = []
  let open: Heading[] = []
  let section = 0
  let firstTitle: string | undefined

  const push = (kind: BlockKind, text: string, start: number, end: number) => {
    blocks.push({ headingPath: open.map((each) => each.text), section, kind, text, startLine: start, endLine: end })
  }
  // Pages that are little but headings (a landing page, a list of features) say what they say in them.
  const closeTo = (level: number) => {
    for (let last = open.at(-1); last && last.level >= level; last = open.at(-1)) {
      open = open.slice(0, -1)
      if (!last.filled) push('paragraph', last.text, last.line, last.line)
      const parent = open.at(-1)
      if (parent) parent.filled = true
    }
  }

  return {
    heading: (level, rawText, line) => {
      const text = cleanText(rawText).replaceAll('\n', ' ')
      if (text === '') return
      closeTo(level)
      if (level <= 2) section += 1
      if (level === 1) firstTitle ??= text
      open = [...open, { level, text, line, filled: false }]
    },
    block: (kind, rawText, { start, end }) => {
      // Only in code does the first line's indentation mean something.
      const text = kind === 'code' ? cleanText(rawText) : cleanText(rawText).trimStart()
      if (text === '') return
      const last = open.at(-1)
      if (last) last.filled = true
      push(kind, text, start, Math.max(start, end))
    },
    firstTitle: () => firstTitle,
    finish: () => {
      closeTo(0)
      return blocks
    },
  }
}

/**
 * Takes out characters that a reader cannot see but a model does: Unicode tags (U+E0000 to U+E007F), with which whole
 * instructions have been smuggled into prompts, zero width spaces, soft hyphens and control characters. Joiners stay,
 * because emoji and Indic scripts need them. Half a surrogate pair, which YAML can spell, becomes U+FFFD: neither a
 * database nor canonical JSON takes it.
 */
export function cleanText(text: string): string {
  return (
    text
      .toWellFormed()
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/[\u{E0000}-\u{E007F}\u00AD\u200B\u2060\uFEFF\u0000-\u0008\u000B-\u001F\u007F]/gu, '')
      .replaceAll('\u00A0', ' ')
      // The look behind starts each run once: without it a line of many spaces costs the square of their number.
      .replaceAll(/(?<![ \t])[ \t]+$/gm, '')
      .replace(/^\n+/, '')
      .trimEnd()
  )
}
