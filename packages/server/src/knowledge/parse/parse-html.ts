import { type Cheerio, type CheerioAPI, load } from 'cheerio'
import { type BlockCollector, collectBlocks } from './collect-blocks.ts'
import { isUnread } from './hidden-elements.ts'
import type { ParsedParts } from './parsed-document.ts'
import { refuseHostileHtml } from './refuse-hostile-html.ts'
import { walkHtml, type HtmlNode } from './walk-html.ts'

type Selection = Cheerio<HtmlNode>

/**
 * Reads a whole HTML page: its main part where it marks one, without menus, page headers, footers, scripts and hidden
 * text. Broken HTML is repaired as browsers do. Throws `knowledge.document_too_nested`.
 */
export function parseHtml(html: string): ParsedParts {
  refuseHostileHtml(html)
  const $ = load(html, { sourceCodeLocationInfo: true })
  const pageTitle = $('head > title').first().text() || $('meta[property="og:title"]').attr('content')
  const language = $('html').attr('lang') ?? $('meta[http-equiv="content-language"]').attr('content')
  removeUnread($)
  const collector = collectBlocks()
  for (const root of contentRoots($)) walkHtml(root, { collector, firstLine: 1 })
  const blocks = collector.finish()
  return { title: collector.firstTitle() ?? pageTitle, language, blocks, notes: [] }
}

/** Reads a piece of HTML that stands in a Markdown file at `firstLine` into that file's collector. */
export function parseHtmlFragment(html: string, options: { collector: BlockCollector; firstLine: number }): void {
  refuseHostileHtml(html)
  const $ = load(html, { sourceCodeLocationInfo: true }, false)
  removeUnread($)
  for (const node of $.root().toArray()) walkHtml(node, options)
}

function removeUnread($: CheerioAPI): void {
  // A header inside an article holds its title; one outside holds the site's name and menu.
  $('footer, header')
    .filter((_, element) => element.name === 'footer' || $(element).closest('main, article').length === 0)
    .remove()
  $('*')
    .filter((_, element) => {
      // Pages that hide their whole body until a script has run are common; their text is meant to be read.
      if (!('attribs' in element) || element.name === 'html' || element.name === 'body') return false
      return isUnread(element.name, (name) => element.attribs[name])
    })
    .remove()
}

function contentRoots($: CheerioAPI): HtmlNode[] {
  const hasText = (selection: Selection) => selection.text().trim() !== ''
  const main = $('main, [role="main"]').first()
  if (hasText(main)) return main.toArray()
  const articles = $('article').filter((_, element) => $(element).parents('article').length === 0)
  if (hasText(articles)) return articles.toArray()
  return $('body').toArray()
}
