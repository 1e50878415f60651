import { hashJson } from '../../base/json.ts'
import type { ParsedDocument } from './parsed-document.ts'

/**
 * SHA-256 of what a document says, in hex: title, headings and text, without markup and lines. Web pages are compared
 * by it, because their source changes with every request (tokens, build names) while their words stay.
 */
export function hashDocument({ title, language, blocks }: ParsedDocument): string {
  const words = blocks.map(({ headingPath, kind, text }) => ({ headingPath, kind, text }))
  return hashJson({ title, language: language ?? null, words })
}
