import type { CheerioAPI } from 'cheerio'
import type { BlockCollector } from './collect-blocks.ts'

/** A node of the tree that cheerio builds. */
export type HtmlNode = NonNullable<ReturnType<ReturnType<CheerioAPI['root']>['contents']>[number]>
type HtmlElement = Extract<HtmlNode, { readonly attribs: unknown }>

const blockElements = new Set(
  (
    'address article aside blockquote center dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 ' +
    'h3 h4 h5 h6 header hgroup hr legend li main menu ol p pre section summary table tbody td tfoot th thead tr ul'
  ).split(' '),
)
const listElements = ['ul', 'ol', 'dl', 'menu']
const headingLevel = /^h([1-6])$/

interface WalkOptions {
  readonly collector: BlockCollector
  /** The line of the file on which this HTML begins. */
  readonly firstLine: number
}

/** Reads the blocks below `root` into the collector. The tree must already be without what is not read. */
export function walkHtml(root: HtmlNode, options: WalkOptions): void {
  const holders = elementsThatHoldBlocks(root)
  let line = options.firstLine
  const lineOf = (node: HtmlNode, edge: 'startLine' | 'endLine') => {
    const own = node.sourceCodeLocation?.[edge]
    // Elements that the parser had to imply have no place of their own: they stand where the last one stood.
    if (own !== undefined) line = options.firstLine + own - 1
    return line
  }
  const linesOf = (first: HtmlNode, last: HtmlNode) => ({
    start: lineOf(first, 'startLine'),
    end: lineOf(last, 'endLine'),
  })

  const isBlock = (node: HtmlNode): node is HtmlElement =>
    isElement(node) && (blockElements.has(node.name) || holders.has(node))

  const readChildren = (parent: HtmlNode) => {
    let run: HtmlNode[] = []
    const flush = () => {
      const [first, last] = [run[0], run.at(-1)]
      if (first && last) options.collector.block('paragraph', run.map(inlineText).join(''), linesOf(first, last))
      run = []
    }
    for (const child of childrenOf(parent)) {
      if (isBlock(child)) {
        flush()
        readBlock(child)
      } else if (run.length > 0 || inlineText(child).trim() !== '') run.push(child)
    }
    flush()
  }

  // A heading that was never closed holds the rest of the page.
  const readHeading = (element: HtmlElement, level: number, startLine: number) => {
    const own = childrenOf(element).filter((child) => !isBlock(child))
    options.collector.heading(level, own.map(inlineText).join('').trim(), startLine)
    for (const child of childrenOf(element)) if (isBlock(child)) readBlock(child)
  }

  const readBlock = (element: HtmlElement) => {
    const lines = linesOf(element, element)
    const level = headingLevel.exec(element.name)?.[1]
    if (level !== undefined) readHeading(element, Number(level), lines.start)
    else if (element.name === 'pre') options.collector.block('code', rawText(element), lines)
    else if (isDataTable(element)) options.collector.block('table', tableText(element), lines)
    else if (isPlainList(element)) options.collector.block('list', listText(element, ''), lines)
    else if (element.name === 'blockquote') options.collector.block('quote', flatText(element), lines)
    else readChildren(element)
  }
  if (isElement(root) && blockElements.has(root.name) && root.name !== 'main' && root.name !== 'article')
    readBlock(root)
  else readChildren(root)
}

function isElement(node: HtmlNode): node is HtmlElement {
  return 'attribs' in node
}

function childrenOf(node: HtmlNode): readonly HtmlNode[] {
  return 'children' in node ? node.children : []
}

function* descendants(node: HtmlNode): Generator<HtmlNode> {
  for (const child of childrenOf(node)) {
    yield child
    yield* descendants(child)
  }
}

function elementsThatHoldBlocks(root: HtmlNode): ReadonlySet<HtmlNode> {
  const holders = new Set<HtmlNode>()
  for (const node of descendants(root)) {
    if (!isElement(node) || !blockElements.has(node.name)) continue
    for (let up: HtmlNode | null = node.parent; up && !holders.has(up); up = up.parent) holders.add(up)
  }
  return holders
}

function has(node: HtmlNode, names: readonly string[]): boolean {
  for (const each of descendants(node)) if (isElement(each) && names.includes(each.name)) return true
  return false
}

/** Pages of an older kind lay out their prose in tables, which then are no tables of data. */
function isDataTable(element: HtmlElement): boolean {
  return element.name === 'table' && !has(element, ['table', 'h1', 'h2', 'h3', 'h4', 'pre', 'blockquote'])
}

function isPlainList(element: HtmlElement): boolean {
  if (!listElements.includes(element.name)) return false
  return !has(element, ['table', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'pre', 'blockquote'])
}

function isList(node: HtmlNode): boolean {
  return isElement(node) && listElements.includes(node.name)
}

/** Text as it shows on one line: white space is one space, a line break stays one. */
function inlineText(node: HtmlNode): string {
  return collapse(joinText(node, (element) => (element.name === 'br' ? '\n' : undefined)))
}

function flatText(node: HtmlNode): string {
  const joined = joinText(node, (element) =>
    element.name === 'br' ? '\n' : blockElements.has(element.name) ? '\v' : '',
  )
  return collapse(joined)
    .replaceAll(/\s*\v\s*/g, '\n')
    .trim()
}

function rawText(node: HtmlNode): string {
  return joinText(node, (element) => (element.name === 'br' ? '\n' : ''), { raw: true })
}

function joinText(node: HtmlNode, markOf: (element: HtmlElement) => string | undefined, { raw = false } = {}): string {
  const parts: string[] = []
  const visit = (each: HtmlNode) => {
    // Line ends of the source are mere spaces in HTML; the marks that stay line ends come from elements.
    if (each.type === 'text') parts.push(raw ? each.data : each.data.replaceAll(/[ \t\n\f\r\v]+/g, ' '))
    if (!isElement(each)) return each.type === 'root' ? childrenOf(each).forEach(visit) : undefined
    const mark = markOf(each) ?? ''
    parts.push(mark)
    childrenOf(each).forEach(visit)
    if (mark === '\v') parts.push(mark)
  }
  visit(node)
  return parts.join('')
}

function collapse(text: string): string {
  return text.replaceAll(/ *\n */g, '\n').replaceAll(/ {2,}/g, ' ')
}

function tableText(table: HtmlElement): string {
  const rows: string[] = []
  for (const row of descendants(table)) {
    if (!isElement(row) || (row.name !== 'tr' && row.name !== 'caption')) continue
    const cells = row.name === 'caption' ? [row] : childrenOf(row).filter((cell) => isElement(cell))
    const text = cells.map((cell) => flatText(cell).replaceAll('\n', ' ')).join(' | ')
    if (text.replaceAll(/[|\s]/g, '') !== '') rows.push(text)
  }
  return rows.join('\n')
}

function listText(list: HtmlElement, indent: string): string {
  const lines: string[] = []
  for (const item of childrenOf(list)) {
    if (!isElement(item)) {
      const text = inlineText(item).trim()
      if (text !== '') lines.push(indent + text)
      continue
    }
    if (isList(item)) {
      lines.push(listText(item, `${indent}  `))
      continue
    }
    const nested = childrenOf(item).filter(isElement).filter(isList)
    const own = childrenOf(item)
      .filter((child) => !isList(child))
      .map(flatTextKeepingEdges)
      .join('')
    const text = collapse(own)
      .replaceAll(/\s*[\v\n]\s*/g, ' ')
      .trim()
    if (text !== '') lines.push(`${indent}${item.name === 'dd' ? '  ' : '- '}${text}`)
    for (const each of nested) lines.push(listText(each, `${indent}  `))
  }
  return lines.filter((line) => line !== '').join('\n')
}

function flatTextKeepingEdges(node: HtmlNode): string {
  return joinText(node, (element) => (element.name === 'br' || blockElements.has(element.name) ? '\v' : ''))
}
