export interface FusedRank<Id> {
  readonly id: Id
  /** Sum of 1 / (k + rank) over the lists that have it. Only its order means something. */
  readonly score: number
  /** Its rank in each list, from 1; undefined where the list has it not. */
  readonly ranks: readonly (number | undefined)[]
}

/**
 * Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009, where k = 60): joins ranked lists, best first,
 * whose scores cannot be compared, as a vector distance and a full-text rank cannot. Ties go to the better best rank, then to the
 * smaller id, so that equal searches give equal answers. An id that a list repeats counts with its first place.
 */
export function fuseRanks<Id extends string>(
  lists: readonly (readonly Id[])[],
  { k = 60 }: { readonly k?: number } = {},
): readonly FusedRank<Id>[] {
  const ranks = new Map<Id, (number | undefined)[]>()
  for (const [list, ids] of lists.entries()) {
    for (const [index, id] of ids.entries()) {
      const own = ranks.get(id) ?? lists.map(() => undefined)
      own[list] ??= index + 1
      ranks.set(id, own)
    }
  }
  const scoreOf = (own: readonly (number | undefined)[]) =>
    own.reduce<number>((sum, rank) => sum + (rank === undefined ? 0 : 1 / (k + rank)), 0)
  return Array.from(ranks, ([id, own]) => ({ id, score: scoreOf(own), ranks: own })).toSorted(
    (one, other) => other.score - one.score || bestOf(one) - bestOf(other) || (one.id < other.id ? -1 : 1),
  )
}

function bestOf({ ranks }: { readonly ranks: readonly (number | undefined)[] }): number {
  return Math.min(...ranks.map((rank) => rank ?? Number.POSITIVE_INFINITY))
}
