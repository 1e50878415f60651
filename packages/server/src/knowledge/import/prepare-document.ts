import { NeonHubError } from '../../base/errors.ts'
import { hashJson } from '../../base/json.ts'
import { hashDocument } from '../parse/hash-document.ts'
import { parseDocument } from '../parse/parse-document.ts'
import type { ParsedDocument } from '../parse/parsed-document.ts'
import { type SkippedSource, skip, type SourceDocument } from '../sources/source-item.ts'

/** A document that was read and parsed, with the hash by which its next import knows it again. */
export interface ReadDocument {
  readonly kind: 'parsed'
  readonly source: SourceDocument
  readonly parsed: ParsedDocument
  readonly contentHash: string
}

/**
 * Parses a document. Its hash is that of its text (a page: of its words, because its source changes with every request)
 * and of `indexing`: how texts become passages and words, so that another language indexes all anew.
 * What cannot be parsed, and what has no word of its own, is skipped.
 */
export function prepareDocument(source: SourceDocument, indexing: Readonly<Record<string, unknown>>) {
  const { path, origin } = source
  const parsed = parse(source)
  if (parsed.kind === 'skipped') return parsed
  if (parsed.document.blocks.length === 0) {
    return skip(path, { reason: 'empty', message: 'It has no text of its own.', keeps: 'nothing' })
  }
  const words = origin === 'web' ? hashDocument(parsed.document) : source.sha256
  const contentHash = hashJson({ words, origin, indexing })
  return { kind: 'parsed', source, parsed: parsed.document, contentHash } satisfies ReadDocument
}

function parse(source: SourceDocument): SkippedSource | { readonly kind: 'read'; readonly document: ParsedDocument } {
  try {
    return { kind: 'read', document: parseDocument(source) }
  } catch (error) {
    if (!(error instanceof NeonHubError) || error.kind !== 'invalid') throw error
    return skip(source.path, { reason: 'unreadable', message: error.message, keeps: 'path' })
  }
}
