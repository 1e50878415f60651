/** A run of whole top-level blocks, so that it can be parsed by itself. */
export interface MarkdownSegment {
  readonly text: string
  /** Its first line in the text it was cut from, counted from 0. */
  readonly lineOffset: number
}

/**
 * The parser's time grows with the square of a document's headings (200 kB of underlined headings took 50 s), so it is
 * given pieces of this length.
 */
const segmentLength = 8 * 1024

const fence = /^ {0,3}(`{3,}|~{3,})/
/** HTML blocks that blank lines do not end (CommonMark 0.31, section 4.6, conditions 1 to 5), with what ends each. */
const rawHtml: readonly (readonly [start: RegExp, end: RegExp])[] = [
  [/^ {0,3}<(?:script|pre|style|textarea)(?:[\s>]|$)/i, /<\/(?:script|pre|style|textarea)>/i],
  [/^ {0,3}<!--/, /-->/],
  [/^ {0,3}<\?/, /\?>/],
  [/^ {0,3}<!\[CDATA\[/, /\]\]>/],
  [/^ {0,3}<![a-z]/i, />/],
]
/** After a blank line, a line that begins so at the margin belongs to no list, quote, table or code before it. */
const freshBlock = /^(?:[\p{L}*_[!(]|#{1,6}[ \t])/u
/** At the margin this begins a list item whatever went before; a long list may be cut there into two. */
const listMarker = /^(?:[*+-]|\d{1,9}[.)])[ \t]/

/** Cuts Markdown at places where one top-level block has surely ended and another begins. */
export function* splitMarkdown(text: string): Generator<MarkdownSegment> {
  const lines = text.split('\n')
  let start = 0
  let length = 0
  let ends: ((line: string) => boolean) | undefined
  let isAfterBlank = false
  for (const [index, line] of lines.entries()) {
    const isFresh = listMarker.test(line) || (isAfterBlank && freshBlock.test(line))
    if (length >= segmentLength && !ends && isFresh) {
      yield { text: lines.slice(start, index).join('\n'), lineOffset: start }
      start = index
      length = 0
    }
    if (ends) ends = ends(line) ? undefined : ends
    else ends = openedBlock(line)
    isAfterBlank = line.trim() === ''
    length += line.length + 1
  }
  yield { text: lines.slice(start).join('\n'), lineOffset: start }
}

/** How a block that this line opens, and that blank lines do not end, will end. */
function openedBlock(line: string): ((line: string) => boolean) | undefined {
  const mark = fence.exec(line)?.[1]
  if (mark !== undefined) {
    const character = mark.startsWith('`') ? '`' : '~'
    const close = new RegExp(`^ {0,3}${character}{${mark.length},}[ \\t]*$`)
    return (later) => close.test(later)
  }
  const html = rawHtml.find(([opens]) => opens.test(line))
  if (!html) return undefined
  const [, end] = html
  return end.test(line.trimStart().slice(2)) ? undefined : (later) => end.test(later)
}

const marker = /[ \t]*(?:>|[*+-](?=[ \t])|\d{1,9}[.)](?=[ \t]))/y
const isolated = /^\s*(?:$|[|#>]|[*+-][ \t]|\d{1,9}[.)][ \t])/
const nestedItem = /^([ \t]*)(?:[*+-]|\d{1,9}[.)])[ \t]/
const underline = /^ {0,3}(?:-+|=+)[ \t]*$/

/**
 * Says whether a segment would cost the parser quadratic time or its whole stack: containers nested without end, one
 * paragraph with thousands of emphasis marks or brackets, thousands of heading underlines without a blank line.
 */
export function isHostileMarkdown(text: string): boolean {
  let marks = 0
  let underlines = 0
  for (const line of text.split('\n')) {
    if (isolated.test(line)) marks = 0
    marks += line.match(/[*_~[\]]/g)?.length ?? 0
    if (underline.test(line)) underlines += 1
    if (marks > 2000 || underlines > 1000 || containerDepth(line) > 100) return true
  }
  return false
}

/** How deep a line says that it stands. Each level of a nested list is indented by at least two columns. */
function containerDepth(line: string): number {
  const indent = nestedItem.exec(line)?.[1]?.length ?? 0
  let depth = Math.floor(indent / 2)
  marker.lastIndex = indent
  while (depth <= 100 && marker.test(line)) depth += 1
  return depth
}
