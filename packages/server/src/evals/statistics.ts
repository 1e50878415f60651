/**
 * Two-sided p-value of the exact sign test: how likely a split at least as uneven as this one is where each difference is
 * as likely to be better as worse. Cases without a difference say nothing and are left out. 1 where there is none.
 * Source: W. J. Dixon and A. M. Mood, "The statistical sign test", Journal of the American Statistical Association 41
 * (1946), pages 557 to 566: p = 2 × Σ C(n, i) / 2^n over i from 0 to the smaller count, at most 1.
 */
export function signTest({ better, worse }: { readonly better: number; readonly worse: number }): number {
  const n = better + worse
  if (n === 0) return 1
  // As logarithms: 2^1100 is beyond a double.
  let logTerm = -n * Math.LN2
  let tail = 0
  for (let i = 0; i <= Math.min(better, worse); i++) {
    tail += Math.exp(logTerm)
    logTerm += Math.log((n - i) / (i + 1))
  }
  return Math.min(1, 2 * tail)
}

const resamples = 2_000

/**
 * 95 % interval of the mean of paired differences by the percentile bootstrap over pairs; undefined for fewer than two.
 * Source: B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13. The draws are the same each
 * time, so that two looks at an eval tell the same. With few pairs it is narrower than it ought to be.
 */
export function bootstrapMean(
  differences: readonly number[],
): { readonly low: number; readonly high: number } | undefined {
  if (differences.length < 2) return undefined
  const random = seededRandom(differences.length)
  const means = Array.from({ length: resamples }, () => {
    let sum = 0
    for (let i = 0; i < differences.length; i++) sum += differences[Math.floor(random() * differences.length)] ?? 0
    return sum / differences.length
  }).toSorted((one, other) => one - other)
  const at = (share: number) => means[Math.round(share * (resamples - 1))] ?? 0
  return { low: at(0.025), high: at(0.975) }
}

/** Uniform in [0, 1). Source: Mulberry32 by Tommy Ettinger, public domain. */
function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
