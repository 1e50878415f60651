/** One block of a Markdown text. `text` is read further by `parseInline`. */
export type Block =
  | { readonly type: 'heading'; readonly level: number; readonly text: string }
  | { readonly type: 'paragraph'; readonly text: string }
  | { readonly type: 'list'; readonly ordered: boolean; readonly start: number; readonly items: readonly Block[][] }
  | { readonly type: 'quote'; readonly blocks: readonly Block[] }
  | { readonly type: 'code'; readonly text: string }
  | { readonly type: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly type: 'rule' }

const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/
const fence = /^ {0,3}(```+|~~~+)/
const rule = /^ {0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$/
const quote = /^ {0,3}> ?/
const marker = /^( {0,3})([-*+]|(\d{1,9})[.)])(\s+|$)/
const tableRule = /^ {0,3}\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*$/

interface Taken {
  readonly block: Block
  /** How many lines the block took. */
  readonly lines: number
}

/**
 * Reads the Markdown that agents write (headings, paragraphs, lists, quotes, code, tables) into blocks. It is a subset
 * of CommonMark on purpose: raw HTML is not read as HTML, so nothing that a model wrote can become an element.
 */
export function parseMarkdown(text: string): Block[] {
  return parseLines(text.replaceAll('\r\n', '\n').replaceAll('\t', '    ').split('\n'))
}

function parseLines(lines: readonly string[]): Block[] {
  const blocks: Block[] = []
  for (let at = 0; at < lines.length;) {
    const rest = lines.slice(at)
    if (rest[0]?.trim() === '') {
      at += 1
      continue
    }
    const taken = takeLine(rest) ?? takeFence(rest) ?? takeQuote(rest) ?? takeTable(rest) ?? takeList(rest)
    const { block, lines: count } = taken ?? takeParagraph(rest)
    blocks.push(block)
    at += count
  }
  return blocks
}

function takeLine([line = '']: readonly string[]): Taken | undefined {
  const [, hashes, text] = heading.exec(line) ?? []
  if (hashes !== undefined) return { block: { type: 'heading', level: hashes.length, text: text ?? '' }, lines: 1 }
  return rule.test(line) ? { block: { type: 'rule' }, lines: 1 } : undefined
}

function takeFence(lines: readonly string[]): Taken | undefined {
  const mark = fence.exec(lines[0] ?? '')?.[1]
  if (mark === undefined) return undefined
  const close = lines.findIndex((line, index) => index > 0 && line.trim().startsWith(mark))
  const end = close === -1 ? lines.length : close
  return { block: { type: 'code', text: lines.slice(1, end).join('\n') }, lines: Math.min(end + 1, lines.length) }
}

function takeQuote(lines: readonly string[]): Taken | undefined {
  const count = countWhile(lines, (line) => quote.test(line))
  if (count === 0) return undefined
  const inner = lines.slice(0, count).map((line) => line.replace(quote, ''))
  return { block: { type: 'quote', blocks: parseLines(inner) }, lines: count }
}

function takeTable(lines: readonly string[]): Taken | undefined {
  const [head = '', divider = ''] = lines
  if (!head.includes('|') || !tableRule.test(divider)) return undefined
  const count = countWhile(lines.slice(2), (line) => line.includes('|'))
  const rows = lines.slice(2, 2 + count).map(cells)
  return { block: { type: 'table', head: cells(head), rows }, lines: 2 + count }
}

const cells = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll(String.raw`\|`, '|'))

function takeList(lines: readonly string[]): Taken | undefined {
  const first = marker.exec(lines[0] ?? '')
  if (!first) return undefined
  const ordered = first[3] !== undefined
  const items: string[][] = []
  let at = 0
  while (at < lines.length) {
    const line = lines[at] ?? ''
    const mark = marker.exec(line)
    if (!mark || (mark[3] !== undefined) !== ordered || rule.test(line)) break
    const indent = mark[0].trimEnd().length + 1
    const follow = countWhile(lines.slice(at + 1), (next, index, all) => belongs(next, all[index + 1], indent))
    items.push([
      line.slice(mark[0].length),
      ...lines.slice(at + 1, at + 1 + follow).map((next) => outdent(next, indent)),
    ])
    at += 1 + follow
    if (lines[at]?.trim() === '' && marker.test(lines[at + 1] ?? '')) at += 1
  }
  return {
    block: { type: 'list', ordered, start: Number(first[3] ?? 1), items: items.map(parseLines) },
    lines: Math.max(at, 1),
  }
}

/** Whether a line goes on with the item before it: indented, a lazy continuation, or a blank before an indented line. */
function belongs(line: string, next: string | undefined, indent: number): boolean {
  if (line.trim() === '') return next !== undefined && next.trim() !== '' && leadingSpaces(next) >= indent
  if (leadingSpaces(line) >= indent) return true
  return !startsBlock(line)
}

const leadingSpaces = (line: string) => line.length - line.trimStart().length
const outdent = (line: string, indent: number) => line.slice(Math.min(indent, leadingSpaces(line)))
const startsBlock = (line: string) => [heading, fence, rule, quote, marker].some((pattern) => pattern.test(line))

function takeParagraph(lines: readonly string[]): Taken {
  const more = countWhile(lines.slice(1), (line) => line.trim() !== '' && !startsBlock(line))
  const text = lines.slice(0, 1 + more).map((line) => line.trimStart())
  return { block: { type: 'paragraph', text: text.join('\n').trimEnd() }, lines: 1 + more }
}

function countWhile<Item>(items: readonly Item[], test: (item: Item, index: number, all: readonly Item[]) => boolean) {
  const end = items.findIndex((item, index, all) => !test(item, index, all))
  return end === -1 ? items.length : end
}
