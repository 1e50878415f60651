import { NeonHubError } from '../../base/errors.ts'
import { voidElements } from './hidden-elements.ts'
import { scanTags } from './scan-tags.ts'

/** Blink parses no deeper either (`kMaximumHTMLParserDOMTreeDepth`). */
const maxDepth = 512
/** An HTML parser compares each attribute of a tag with all before it. */
const maxAttributes = 1000

/** End tags that authors leave out (HTML standard, section 13.1.2.4): not closing them is no nesting. */
const optionalEnd = new Set(
  'html head body p li dt dd rt rp option optgroup colgroup caption thead tbody tfoot tr td th'.split(' '),
)

/**
 * Refuses HTML on which a parser that keeps to the standard needs quadratic time: elements nested without end, tags
 * with thousands of attributes. Throws `knowledge.document_too_nested`.
 */
export function refuseHostileHtml(html: string): void {
  const open: string[] = []
  const openCount = new Map<string, number>()
  for (const { name, kind, attributes } of scanTags(html)) {
    if (attributes.size > maxAttributes) throw tooNested(`a <${name}> has ${attributes.size} attributes`)
    if (kind === 'self-closing' || voidElements.has(name) || optionalEnd.has(name)) continue
    if (kind === 'open') {
      open.push(name)
      openCount.set(name, (openCount.get(name) ?? 0) + 1)
      if (open.length > maxDepth) throw tooNested(`its elements are nested more than ${maxDepth} deep`)
      continue
    }
    if (!openCount.get(name)) continue
    for (let last = open.pop(); last !== undefined; last = open.pop()) {
      openCount.set(last, (openCount.get(last) ?? 1) - 1)
      if (last === name) break
    }
  }
}

function tooNested(reason: string): NeonHubError {
  return new NeonHubError('knowledge.document_too_nested', `The document was not read: ${reason}`, {
    kind: 'invalid',
    hint: 'Save the page as plain text or Markdown and import that.',
  })
}
