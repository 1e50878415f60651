import { scanTags } from './scan-tags.ts'

/** Elements without content (HTML standard, section 13.1.2). */
export const voidElements: ReadonlySet<string> = new Set(
  'area base br col embed hr img input link meta param source track wbr'.split(' '),
)

/** Elements whose content is not prose that a visitor reads. */
const unreadElements = new Set(
  (
    'script style noscript template svg math iframe object canvas audio video map head ' +
    'nav button select textarea input dialog datalist'
  ).split(' '),
)
const unreadRoles = new Set(['navigation', 'banner', 'contentinfo', 'search', 'menu', 'menubar', 'dialog', 'toolbar'])

const hiddenStyles: readonly RegExp[] = [
  /(?:^|;)display:none/,
  /(?:^|;)visibility:(?:hidden|collapse)/,
  /(?:^|;)font-size:0*(?:\.0+)?(?:[a-z%]*)(?:;|!|$)/,
  /(?:^|;)opacity:0*(?:\.0+)?%?(?:;|!|$)/,
  /(?:^|;)color:transparent/,
  /(?:^|;)text-indent:-\d{3,}/,
  /(?:^|;)(?:left|top|right|bottom|margin-left|margin-top):-\d{4,}/,
  /(?:^|;)clip:rect\(0/,
  /(?:^|;)clip-path:inset\((?:50|100)%/,
  /(?:^|;)transform:scale\(0/,
]

/**
 * Says whether an element is one that a visitor does not read: script, menus, and text hidden by its own attributes.
 * Text that people cannot see but a model would read is a known way to slip instructions into its context
 * (Greshake et al. 2023, "Indirect Prompt Injection", arXiv:2302.12173). Style sheets are not evaluated.
 */
export function isUnread(name: string, attribute: (name: string) => string | undefined): boolean {
  if (unreadElements.has(name)) return true
  if (attribute('hidden') !== undefined) return true
  if (attribute('aria-hidden')?.toLowerCase() === 'true') return true
  if (unreadRoles.has(attribute('role')?.toLowerCase() ?? '')) return true
  const style = attribute('style')
  if (style === undefined) return false
  const compact = compactStyle(style)
  return hiddenStyles.some((pattern) => pattern.test(compact))
}

/** A style without comments, escapes and white space (CSS Syntax Level 3, section 4), in one pass. */
function compactStyle(style: string): string {
  const [head = '', ...rest] = style.split('/*')
  const uncommented = head + rest.map((part) => part.split('*/').slice(1).join('*/')).join('')
  return uncommented
    .replaceAll(/\\([0-9a-f]{1,5})\s?/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replaceAll(/\s+/g, '')
    .toLowerCase()
}

/** Follows HTML that comes in fragments between Markdown, and knows whether what stands between them is hidden. */
export interface HiddenTracker {
  readonly feed: (html: string) => void
  readonly isHidden: () => boolean
  /** Closes what was opened since `depth`: an element that a paragraph opened ends with it. */
  readonly depth: () => number
  readonly closeTo: (depth: number) => void
}

export function trackHidden(): HiddenTracker {
  const open: { readonly name: string; readonly unread: boolean }[] = []
  let unreadCount = 0
  const closeTo = (depth: number) => {
    while (open.length > depth) if (open.pop()?.unread) unreadCount -= 1
  }
  return {
    feed: (html) => {
      for (const { name, kind, attributes } of scanTags(html)) {
        if (kind === 'close') {
          const at = open.findLastIndex((each) => each.name === name)
          if (at !== -1) closeTo(at)
        } else if (kind === 'open' && !voidElements.has(name)) {
          const unread = isUnread(name, (key) => attributes.get(key))
          open.push({ name, unread })
          if (unread) unreadCount += 1
        }
      }
    },
    isHidden: () => unreadCount > 0,
    depth: () => open.length,
    closeTo,
  }
}
