/** One tag of an HTML source. Attribute names are in lower case; values have their quotes taken off. */
export interface ScannedTag {
  readonly name: string
  readonly kind: 'open' | 'close' | 'self-closing'
  readonly attributes: ReadonlyMap<string, string>
}

const rawTextElements = new Set(['script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noembed', 'noframes'])
const tagStart = /<(\/?)([a-zA-Z][^\s/>]*)/y
const attribute = /[\s/]*([^\s/>=][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"'][^\s>]*)))?/y

/**
 * The tags of an HTML source in order, in one pass and without building a tree: comments, declarations and the content
 * of raw text elements are stepped over. An unfinished tag ends the scan.
 */
export function* scanTags(html: string): Generator<ScannedTag> {
  let at = 0
  for (;;) {
    at = html.indexOf('<', at)
    if (at === -1) return
    if (html.startsWith('<!--', at)) {
      at = after(html, '-->', at + 4)
      continue
    }
    tagStart.lastIndex = at
    const start = tagStart.exec(html)
    if (!start) {
      at += 1
      continue
    }
    const name = (start[2] ?? '').toLowerCase()
    const { attributes, end } = scanAttributes(html, tagStart.lastIndex)
    const kind = start[1] === '/' ? 'close' : html[end - 2] === '/' ? 'self-closing' : 'open'
    yield { name, kind, attributes }
    at = kind === 'open' && rawTextElements.has(name) ? rawTextEnd(html, name, end) : end
  }
}

function scanAttributes(html: string, from: number) {
  const attributes = new Map<string, string>()
  let at = from
  for (;;) {
    attribute.lastIndex = at
    const match = attribute.exec(html)
    if (!match) break
    at = attribute.lastIndex
    const name = (match[1] ?? '').toLowerCase()
    if (!attributes.has(name)) attributes.set(name, match[2] ?? match[3] ?? match[4] ?? '')
  }
  return { attributes, end: after(html, '>', at) }
}

function rawTextEnd(html: string, name: string, from: number): number {
  const close = new RegExp(`</${name}(?=[\\s/>])`, 'gi')
  close.lastIndex = from
  return close.exec(html)?.index ?? html.length
}

function after(html: string, mark: string, from: number): number {
  const at = html.indexOf(mark, from)
  return at === -1 ? html.length : at + mark.length
}
