import type { SkippedSource } from './sources/source-item.ts'

/** A document by its path and the hash of its text. */
export interface DocumentVersion {
  readonly path: string
  readonly sha256: string
}

/** What an import has to do. Each path is in exactly one list; the lists keep the order of what they came from. */
export interface ImportPlan<Incoming extends DocumentVersion> {
  readonly added: readonly Incoming[]
  readonly changed: readonly Incoming[]
  readonly unchanged: readonly Incoming[]
  /** Paths that are to be deleted. */
  readonly removed: readonly string[]
  /** Paths that were not read this time but may still be there: they stay as they are. */
  readonly kept: readonly string[]
}

/**
 * Compares what is stored with what was read. A stored document that was not read is removed, unless a skipped source
 * says that it may still exist. Where a path comes twice, its last version counts.
 */
export function planImport<Incoming extends DocumentVersion>({
  existing,
  incoming,
  skipped = [],
}: {
  readonly existing: readonly DocumentVersion[]
  readonly incoming: readonly Incoming[]
  readonly skipped?: readonly SkippedSource[]
}): ImportPlan<Incoming> {
  const stored = new Map(existing.map(({ path, sha256 }) => [path, sha256]))
  const read = new Map(incoming.map((document) => [document.path, document]))
  const documents = [...read.values()]
  const missing = [...stored.keys()].filter((path) => !read.has(path))
  const mayExist = keeper(skipped)
  return {
    added: documents.filter(({ path }) => !stored.has(path)),
    changed: documents.filter(({ path, sha256 }) => stored.has(path) && stored.get(path) !== sha256),
    unchanged: documents.filter(({ path, sha256 }) => stored.get(path) === sha256),
    removed: missing.filter((path) => !mayExist(path)),
    kept: missing.filter(mayExist),
  }
}

function keeper(skipped: readonly SkippedSource[]): (path: string) => boolean {
  if (skipped.some(({ keeps }) => keeps === 'everything')) return () => true
  const paths = new Set(skipped.filter(({ keeps }) => keeps === 'path').map(({ path }) => path))
  const folders = skipped.filter(({ keeps }) => keeps === 'folder').map(({ path }) => path)
  return (path) => paths.has(path) || folders.some((folder) => path.startsWith(folder))
}
