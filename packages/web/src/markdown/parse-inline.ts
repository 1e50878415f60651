/** A piece of a line of text. */
export type Inline =
  | { readonly type: 'text' | 'code'; readonly text: string }
  | { readonly type: 'strong' | 'emphasis'; readonly children: readonly Inline[] }
  | { readonly type: 'link'; readonly href: string; readonly children: readonly Inline[] }
  | { readonly type: 'image'; readonly alt: string }
  /** A number in square brackets that names a source: `[2]`. */
  | { readonly type: 'citation'; readonly source: number }
  | { readonly type: 'break' }

/** Each alternative begins with a character of its own, so that the text is walked once. */
const token = new RegExp(
  [
    String.raw`\\(?<escaped>[!-/:-@[-\`{-~])`,
    '(?<fence>`+)(?<code>[^`](?:.*?[^`])?)\\k<fence>(?!`)',
    String.raw`!\[(?<alt>[^\]]*)\]\([^)\s]*(?:\s+"[^"]*")?\)`,
    String.raw`\[(?<source>\d{1,3})\](?!\()`,
    String.raw`\[(?<label>(?:\\.|[^\]\\])+)\]\((?<href>[^)\s]+)(?:\s+"[^"]*")?\)`,
    String.raw`<(?<auto>https?://[^\s>]+)>`,
    String.raw`(?<bold>\*\*|__)(?=\S)(?<strong>.+?)(?<=\S)\k<bold>(?!\*)`,
    String.raw`\*(?=\S)(?<star>[^*]+?)(?<=\S)\*`,
    String.raw`(?<!\w)_(?=\S)(?<under>[^_]+?)(?<=\S)_(?!\w)`,
    String.raw`(?<break> {2,}\n|\\\n)`,
  ].join('|'),
  'gs',
)

/** Reads a line of Markdown into pieces. What it does not know stays text, HTML above all. */
export function parseInline(text: string): Inline[] {
  const pieces: Inline[] = []
  let end = 0
  const addText = (part: string) => {
    const last = pieces.at(-1)
    if (part === '') return
    if (last?.type === 'text') pieces[pieces.length - 1] = { type: 'text', text: last.text + part }
    else pieces.push({ type: 'text', text: part })
  }
  for (const match of text.matchAll(token)) {
    addText(text.slice(end, match.index))
    end = match.index + match[0].length
    const piece = readToken(match.groups ?? {})
    if (piece) pieces.push(piece)
    else addText(match.groups?.['escaped'] ?? match[0])
  }
  addText(text.slice(end))
  return pieces
}

function readToken(groups: Readonly<Record<string, string | undefined>>): Inline | undefined {
  const { code, alt, source, label, href, auto, strong } = groups
  const emphasis = groups['star'] ?? groups['under']
  if (code !== undefined) return { type: 'code', text: code.replaceAll('\n', ' ').trim() }
  if (alt !== undefined) return { type: 'image', alt }
  if (source !== undefined) return { type: 'citation', source: Number(source) }
  if (auto !== undefined) return { type: 'link', href: auto, children: [{ type: 'text', text: auto }] }
  if (strong !== undefined) return { type: 'strong', children: parseInline(strong) }
  if (emphasis !== undefined) return { type: 'emphasis', children: parseInline(emphasis) }
  if (groups['break'] !== undefined) return { type: 'break' }
  if (label === undefined || href === undefined || !isSafeAddress(href)) return undefined
  return { type: 'link', href, children: parseInline(label) }
}

/** The text was written by a model from what strangers wrote: a link may lead to a page or a mail, never run a script. */
export const isSafeAddress = (address: string): boolean => /^(?:https?:\/\/|mailto:)/i.test(address)
