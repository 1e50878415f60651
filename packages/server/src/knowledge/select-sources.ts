export interface SourceCandidate {
  readonly documentId: string
  /** Hash of the passage: a text that stands in several documents is shown once. */
  readonly sha256: string
}

/**
 * Picks `limit` passages from candidates, best first, so that one document does not fill all places: at most
 * `perDocument` of each, and more of one only where the others leave places empty. The order stays that of the
 * candidates.
 */
export function selectSources<Candidate extends SourceCandidate>(
  candidates: readonly Candidate[],
  { limit, perDocument = 2 }: { readonly limit: number; readonly perDocument?: number },
): readonly Candidate[] {
  const seen = new Set<string>()
  const distinct = candidates.filter(({ sha256 }) => !seen.has(sha256) && seen.add(sha256))
  const counts = new Map<string, number>()
  const isWithinCap = ({ documentId }: Candidate) => {
    const count = (counts.get(documentId) ?? 0) + 1
    counts.set(documentId, count)
    return count <= perDocument
  }
  const capped = new Set(distinct.filter(isWithinCap).slice(0, limit))
  for (const candidate of distinct) if (capped.size < limit) capped.add(candidate)
  return distinct.filter((candidate) => capped.has(candidate))
}
