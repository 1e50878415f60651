import type { MediaType } from '../sources/source-item.ts'
import { cleanText } from './collect-blocks.ts'
import { cutText } from './cut-text.ts'
import type { ParsedDocument, ParsedParts } from './parsed-document.ts'
import { parseHtml } from './parse-html.ts'
import { parseMarkdown } from './parse-markdown.ts'
import { parseText } from './parse-text.ts'

export interface ParseInput {
  /** Path or URL. The last resort for a title. */
  readonly path: string
  readonly mediaType: MediaType
  /** With LF line ends, as `decodeText` gives it. */
  readonly text: string
}

const maxTitleLength = 300

/**
 * Reads a document into blocks of text with their headings and lines. The same input always gives the same result.
 * A document without a word of its own has no blocks.
 * Throws `knowledge.document_too_nested` for markup that is built to exhaust a parser.
 */
export function parseDocument({ path, mediaType, text }: ParseInput): ParsedDocument {
  const { title, language, blocks, notes } = parseParts(text, mediaType)
  const plainTitle = cleanText(title ?? '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return {
    title: cutText(plainTitle || titleFromPath(path), maxTitleLength),
    language: canonicalLanguage(language),
    blocks,
    notes,
  }
}

function parseParts(text: string, mediaType: MediaType): ParsedParts {
  switch (mediaType) {
    case 'text/markdown':
      return parseMarkdown(text, { isMdx: false })
    case 'text/mdx':
      return parseMarkdown(text, { isMdx: true })
    case 'text/html':
      return parseHtml(text)
    case 'text/plain':
      return parseText(text)
    default:
      return mediaType satisfies never
  }
}

/** `docs/02-getting_started.md` → `Getting started`; a page's URL gives the last part of its path. */
function titleFromPath(path: string): string {
  const pathname = URL.canParse(path) ? new URL(path).pathname || path : path
  const name = pathname.split('/').findLast((part) => part !== '') ?? path
  const words = name
    .replace(/\.[a-z]+$/i, '')
    .replace(/^\d+[-_. ]+/, '')
    .replaceAll(/[-_]+/g, ' ')
    .trim()
  const shown = words === '' ? name : words
  return shown.charAt(0).toUpperCase() + shown.slice(1)
}

/** The BCP 47 tag in its canonical form; undefined for what is none (`en_US` is read as `en-US`). */
function canonicalLanguage(tag: string | undefined): string | undefined {
  const candidate = tag?.trim().replaceAll('_', '-')
  if (!candidate || !/^[a-z]{2,8}(?:-[a-z0-9]{1,8})*$/i.test(candidate)) return undefined
  try {
    return Intl.getCanonicalLocales(candidate)[0]
  } catch (error) {
    // How Intl answers for a tag that is well shaped and yet none (`de-1`): the document then names no language.
    if (error instanceof RangeError) return undefined
    throw error
  }
}
