/** The forms of text that the parser knows. reStructuredText is read as plain text. */
export type MediaType = 'text/markdown' | 'text/mdx' | 'text/html' | 'text/plain'

/** One document as it was read. `text` has LF line ends and no byte order mark, whatever the source had. */
export interface SourceDocument {
  readonly kind: 'document'
  readonly origin: 'folder' | 'web'
  /** Path below the folder with `/` between its parts, or the page's URL. */
  readonly path: string
  readonly mediaType: MediaType
  readonly text: string
  /** SHA-256 of `text`, in hex. */
  readonly sha256: string
  readonly modifiedAt: Date | undefined
  /** The page's `ETag`, as the server sent it. */
  readonly etag?: string
}

export type SkipReason =
  | 'empty'
  | 'binary'
  | 'encoding'
  | 'too_large'
  | 'link'
  | 'unreadable'
  | 'gone'
  | 'media_type'
  | 'other_host'
  | 'redirect'
  | 'status'
  | 'unreachable'
  | 'over_limit'

/**
 * Something that was not read, and why. `keeps` says which documents of an earlier import may still exist behind it,
 * so that a page that was down today is not taken for a page that was deleted.
 */
export interface SkippedSource {
  readonly kind: 'skipped'
  readonly path: string
  readonly reason: SkipReason
  /** A sentence for a person. */
  readonly message: string
  readonly keeps: 'nothing' | 'path' | 'folder' | 'everything'
}

export type SourceItem = SourceDocument | SkippedSource

/** Largest file or page that is read: beyond it lies a log or a dump, not a document. */
export const maxDocumentBytes = 5 * 1024 * 1024

/** Describes what was not read. */
export function skip(
  path: string,
  { reason, message, keeps }: { reason: SkipReason; message: string; keeps: SkippedSource['keeps'] },
): SkippedSource {
  return { kind: 'skipped', path, reason, message, keeps }
}
