import type { ChunkId, DocumentId } from '../base/ids.ts'
import type { PromptSource } from '../llm/spec.ts'
import type { FoundChunk } from './search-chunks.ts'

/** Where a claim comes from, as a reader can look it up. */
export interface Citation {
  /** The number in its id: 2 for `S2`. */
  readonly source: number
  readonly chunkId: ChunkId
  readonly documentId: DocumentId
  /** Path within the folder, or the page's URL. */
  readonly path: string
  readonly title: string
  /** The headings above the passage, outermost first, with ` › ` between them; empty where there are none. */
  readonly heading: string
  readonly startLine: number
  readonly endLine: number
}

/** Passages as a prompt carries them, with the ids `S1`, `S2` and so on in their order. */
export function toPromptSources(found: readonly FoundChunk[]): readonly PromptSource[] {
  return found.map(({ title, headingPath, text, untrusted }, index) => ({
    id: `S${index + 1}`,
    title: [title, ...headingPath.filter((heading) => heading !== title)].join(' › '),
    text,
    ...(untrusted ? { untrusted } : {}),
  }))
}

/** What a model's citation (`S2`) names among the same passages; undefined for an id that was never handed out. */
export function findCitation(found: readonly FoundChunk[], sourceId: string): Citation | undefined {
  const source = Number(/^S([1-9]\d*)$/.exec(sourceId)?.[1])
  const chunk = found[source - 1]
  if (!chunk) return undefined
  const { chunkId, documentId, path, title, headingPath, startLine, endLine } = chunk
  return { source, chunkId, documentId, path, title, heading: headingPath.join(' › '), startLine, endLine }
}
