/**
 * Area under the ROC curve: how often one of `positives` scores above one of `negatives`, ties counting half. 0.5 where
 * either is empty. It equals the Mann–Whitney statistic: D. Bamber, Journal of Mathematical Psychology 12 (1975), pages
 * 387 to 415.
 */
export function rocAuc(positives: readonly number[], negatives: readonly number[]): number {
  const pairs = positives.length * negatives.length
  if (pairs === 0) return 0.5
  let won = 0
  for (const positive of positives) {
    for (const negative of negatives) won += positive > negative ? 1 : positive === negative ? 0.5 : 0
  }
  return won / pairs
}

/**
 * Standard error of such an area: J. Hanley and B. McNeil, "The Meaning and Use of the Area under a Receiver Operating
 * Characteristic (ROC) Curve", Radiology 143 (1982), pages 29 to 36, with their Q1 and Q2 for exponential scores.
 */
export function aucStandardError(
  auc: number,
  { positives, negatives }: { readonly positives: number; readonly negatives: number },
): number {
  if (positives === 0 || negatives === 0) return 0
  const q1 = auc / (2 - auc)
  const q2 = (2 * auc * auc) / (1 + auc)
  const variance =
    (auc * (1 - auc) + (positives - 1) * (q1 - auc * auc) + (negatives - 1) * (q2 - auc * auc)) /
    (positives * negatives)
  return Math.sqrt(Math.max(0, variance))
}

/**
 * The rank of each value among all, from above 0 to 1; equal ones share the mean of theirs. Scores of different scales
 * can be added once they are ranks (J. de Borda's count, 1781).
 */
export function ranksOf(values: readonly number[]): readonly number[] {
  const order = [...values.keys()].toSorted((one, other) => (values[one] ?? 0) - (values[other] ?? 0))
  const ranks = values.map(() => 0)
  for (let start = 0; start < order.length;) {
    let end = start
    while (end + 1 < order.length && values[order[end + 1] ?? 0] === values[order[start] ?? 0]) end += 1
    for (let place = start; place <= end; place += 1) ranks[order[place] ?? 0] = ((start + end) / 2 + 1) / values.length
    start = end + 1
  }
  return ranks
}
