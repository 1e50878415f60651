/** A term with its place in meaning. */
export interface TermVector {
  readonly term: string
  /** Of unit length. */
  readonly vector: readonly number[]
  readonly score: number
}

/**
 * Groups terms that mean nearly the same: each term, best first, joins the group whose leader it is closest to, where
 * the cosine is at least `threshold`, else it leads a group of its own (leader clustering, J. A. Hartigan, "Clustering
 * Algorithms", 1975, chapter 3).
 */
export function clusterTerms<Term extends TermVector>(
  terms: readonly Term[],
  threshold: number,
): readonly (readonly [Term, ...Term[]])[] {
  const groups: [Term, ...Term[]][] = []
  for (const term of terms.toSorted((one, other) => other.score - one.score)) {
    const [closest] = groups
      .map((group) => ({ group, cosine: dot(group[0].vector, term.vector) }))
      .toSorted((one, other) => other.cosine - one.cosine)
    if (closest && closest.cosine >= threshold) closest.group.push(term)
    else groups.push([term])
  }
  return groups
}

/** The cosine of two vectors of unit length. */
export function dot(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0)
}
