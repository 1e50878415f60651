import type { fromMarkdown } from 'mdast-util-from-markdown'
import type { HiddenTracker } from './hidden-elements.ts'

/** A node of the Markdown tree, at any depth. */
export type MarkdownNode = ReturnType<typeof fromMarkdown>['children'][number]

interface TextContext {
  readonly hidden: HiddenTracker
  readonly labels: ReadonlySet<string>
}

/** The text of a node as it reads: list items and table rows one a line, no marks of emphasis, no link targets. */
export function markdownText(node: MarkdownNode, context: TextContext): string {
  switch (node.type) {
    case 'list':
      return node.children
        .map((item, index) =>
          listItem(markdownText(item, context), node.ordered ? `${(node.start ?? 1) + index}. ` : '- '),
        )
        .join('\n')
    case 'table':
      return node.children.map((row) => markdownText(row, context)).join('\n')
    case 'tableRow':
      return node.children.map((cell) => markdownText(cell, context)).join(' | ')
    case 'listItem':
    case 'blockquote':
    case 'footnoteDefinition':
      return node.children
        .map((child) => markdownText(child, context))
        .filter((text) => text !== '')
        .join('\n')
    default:
      return inlineText(node, context)
  }
}

function listItem(text: string, mark: string): string {
  return mark + text.replaceAll('\n', `\n${' '.repeat(mark.length)}`)
}

function inlineText(node: MarkdownNode, context: TextContext): string {
  if (node.type === 'html') {
    context.hidden.feed(node.value)
    return /^<br\b/i.test(node.value) ? '\n' : ''
  }
  // Children are visited even where text is hidden, because among them stands the tag that ends the hiding.
  if ('children' in node) {
    const depth = context.hidden.depth()
    const text = node.children.map((child: MarkdownNode) => inlineText(child, context)).join('')
    if (node.type === 'paragraph' || node.type === 'heading' || node.type === 'tableCell') context.hidden.closeTo(depth)
    return text
  }
  if (context.hidden.isHidden()) return ''
  if (node.type === 'text') return resolveLabels(node.value, context.labels)
  if (node.type === 'inlineCode' || node.type === 'code') return node.value
  return node.type === 'break' ? '\n' : ''
}

const reference = /\[([^[\]\n]{1,500})\](?:\[([^[\]\n]{0,200})\])?/g

/** A link whose definition stands in another segment comes as text: it is written as the link would read. */
function resolveLabels(text: string, labels: ReadonlySet<string>): string {
  if (labels.size === 0 || !text.includes('[')) return text
  return text.replaceAll(reference, (whole, shown: string, label: string | undefined) => {
    if (!labels.has((label || shown).toLowerCase())) return whole
    return shown.startsWith('^') ? '' : shown
  })
}
