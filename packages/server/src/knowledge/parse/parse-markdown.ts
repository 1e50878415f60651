import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { type BlockCollector, collectBlocks } from './collect-blocks.ts'
import { type HiddenTracker, trackHidden } from './hidden-elements.ts'
import { type MarkdownNode, markdownText } from './markdown-text.ts'
import type { ParsedParts } from './parsed-document.ts'
import { parseHtmlFragment } from './parse-html.ts'
import { readParagraphs } from './parse-text.ts'
import { readFrontMatter } from './read-front-matter.ts'
import { isHostileMarkdown, splitMarkdown } from './split-markdown.ts'

interface Reading {
  readonly collector: BlockCollector
  readonly hidden: HiddenTracker
  readonly isMdx: boolean
  /** Labels that the document defines, in lower case: `[text][label]` is a link only where the label is one. */
  readonly labels: ReadonlySet<string>
}

/**
 * Reads Markdown with GitHub's extensions; the front matter gives title and language. HTML inside is read as HTML, so
 * what it hides stays out. In MDX, import and export lines and `{…}` lines are left out.
 * Throws `knowledge.document_too_nested` for HTML inside that no parser should be given.
 */
export function parseMarkdown(text: string, { isMdx }: { isMdx: boolean }): ParsedParts {
  const { data, body: source, bodyLine, problem } = readFrontMatter(text)
  const body = isMdx ? blankComponentTags(source) : source
  const notes = problem === undefined ? [] : [`Its front matter was left out: ${problem}.`]
  const reading = { collector: collectBlocks(), hidden: trackHidden(), isMdx, labels: definedLabels(body) }
  let plainSegments = 0
  for (const segment of splitMarkdown(body)) {
    const firstLine = bodyLine + segment.lineOffset
    if (isHostileMarkdown(segment.text)) {
      plainSegments += 1
      readParagraphs(segment.text, { collector: reading.collector, firstLine })
    } else readSegment(segment.text, firstLine, reading)
  }
  if (plainSegments > 0) notes.push('A part of it is too intricate for Markdown and was read as plain text.')
  return {
    title: textOf(data['title']) ?? reading.collector.firstTitle(),
    language: textOf(data['language']) ?? textOf(data['lang']),
    blocks: reading.collector.finish(),
    notes,
  }
}

/**
 * In MDX what stands between the tags of a component is Markdown, while Markdown alone takes it for HTML. Blank lines
 * in the place of such tags keep the count of lines.
 */
function blankComponentTags(body: string): string {
  let fence: string | undefined
  const lines = body.split('\n').map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1]
    if (mark !== undefined && (fence === undefined || mark.startsWith(fence)))
      fence = fence === undefined ? mark : undefined
    return fence === undefined && componentTag.test(line) ? '' : line
  })
  return lines.join('\n')
}

const componentTag = /^\s*<\/?[A-Z][\w.]*(?:\s[^<>]*)?>\s*$/

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

function definedLabels(body: string): ReadonlySet<string> {
  return new Set([...body.matchAll(/^ {0,3}\[([^\]\n]{1,200})\]:/gm)].map((match) => (match[1] ?? '').toLowerCase()))
}

function readSegment(text: string, firstLine: number, reading: Reading): void {
  const tree = fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] })
  for (const node of tree.children) {
    const start = firstLine - 1 + (node.position?.start.line ?? 1)
    const end = firstLine - 1 + (node.position?.end.line ?? 1)
    readNode(node, { start, end }, reading)
  }
}

function readNode(node: MarkdownNode, lines: { start: number; end: number }, reading: Reading): void {
  const { collector, hidden } = reading
  if (node.type === 'html') return readHtml(node.value, lines.start, reading)
  if (hidden.isHidden()) return
  const depth = hidden.depth()
  const text = () => markdownText(node, reading)
  switch (node.type) {
    case 'heading':
      collector.heading(node.depth, text(), lines.start)
      break
    case 'paragraph':
      readParagraph(text(), lines, reading)
      break
    case 'list':
      collector.block('list', text(), lines)
      break
    case 'table':
      collector.block('table', text(), lines)
      break
    case 'code':
      collector.block('code', node.value, lines)
      break
    case 'blockquote':
      collector.block('quote', text(), lines)
      break
    case 'footnoteDefinition':
      collector.block('paragraph', text(), lines)
      break
  }
  hidden.closeTo(depth)
}

const moduleLine = /^(?:import\s.+\sfrom\s+['"]|import\s+['"]|export\s+(?:const|let|default|function|async|\{|\*))/
const expressionLine = /^\{[^]*\}$/

function readParagraph(text: string, lines: { start: number; end: number }, { collector, isMdx }: Reading): void {
  if (isMdx && (moduleLine.test(text) || expressionLine.test(text))) return
  collector.block('paragraph', text, lines)
}

function readHtml(html: string, firstLine: number, { collector, hidden }: Reading): void {
  if (!hidden.isHidden()) parseHtmlFragment(html, { collector, firstLine })
  hidden.feed(html)
}
