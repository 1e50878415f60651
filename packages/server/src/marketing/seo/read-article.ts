import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { toString } from 'mdast-util-to-string'
import { gfm } from 'micromark-extension-gfm'

type MarkdownNode = ReturnType<typeof fromMarkdown>['children'][number]

/** What of an article search engines and readers go by. */
export interface ReadArticle {
  readonly headings: readonly { readonly depth: number; readonly text: string }[]
  readonly paragraphs: readonly string[]
  readonly links: readonly { readonly url: string; readonly text: string }[]
  readonly images: readonly { readonly url: string; readonly alt: string }[]
  /** The running text, a paragraph a line, without headings and marks of citations. */
  readonly text: string
}

/** Marks of citations (`[2]`, `[S2]`) are no words. */
const citationMark = /\s?\[S?\d+\](?!\()/g

/** Reads an article's Markdown (GFM). */
export function readArticle(body: string): ReadArticle {
  const root = fromMarkdown(body, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] })
  const nodes = root.children.flatMap(descend)
  const headings = nodes.flatMap((node) => (node.type === 'heading' ? [{ depth: node.depth, text: plain(node) }] : []))
  const paragraphs = nodes.flatMap((node) =>
    node.type === 'paragraph' || node.type === 'tableRow' ? [plain(node)] : [],
  )
  return {
    headings,
    paragraphs,
    links: nodes.flatMap((node) => (node.type === 'link' ? [{ url: node.url, text: plain(node) }] : [])),
    images: nodes.flatMap((node) => (node.type === 'image' ? [{ url: node.url, alt: node.alt ?? '' }] : [])),
    text: paragraphs.filter((paragraph) => paragraph !== '').join('\n'),
  }
}

function descend(node: MarkdownNode): readonly MarkdownNode[] {
  return 'children' in node ? [node, ...node.children.flatMap(descend)] : [node]
}

function plain(node: MarkdownNode): string {
  return toString(node, { includeImageAlt: false }).replaceAll(citationMark, '').replaceAll(/\s+/g, ' ').trim()
}
