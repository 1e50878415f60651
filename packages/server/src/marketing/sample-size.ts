/** Quantiles of the standard normal distribution for the usual levels, to four places. */
const quantiles = { 0.8: 0.8416, 0.9: 1.2816, 0.95: 1.6449, 0.975: 1.96, 0.995: 2.5758 } as const

/** How sure a test is to be. */
export interface TestPower {
  /** Chance of taking noise for a difference, two-sided. Default 0.05. */
  readonly significance?: 0.01 | 0.05 | 0.1
  /** Chance of seeing a difference that is there. Default 0.8. */
  readonly power?: 0.8 | 0.9 | 0.95
}

const twoSided = { 0.01: quantiles[0.995], 0.05: quantiles[0.975], 0.1: quantiles[0.95] } as const

/**
 * Recipients that each of two variants needs, so that a rise from the rate `baseline` to `target` (both between 0 and 1)
 * is seen: n = (z₁₋α/₂ √(2 p̄ q̄) + z₁₋β √(p₁ q₁ + p₂ q₂))² / (p₁ − p₂)², rounded up, where p̄ is the mean of both rates.
 * Source: J. L. Fleiss, B. Levin, M. C. Paik, "Statistical Methods for Rates and Proportions", 3rd edition (2003),
 * formula 4.14, without the correction for continuity. Throws a RangeError where the rates are equal or no rates.
 */
export function sampleSizePerVariant(
  { baseline, target }: { readonly baseline: number; readonly target: number },
  { significance = 0.05, power = 0.8 }: TestPower = {},
): number {
  if (!(baseline > 0 && baseline < 1 && target > 0 && target < 1) || baseline === target) {
    throw new RangeError('Two different rates between 0 and 1 are needed')
  }
  const mean = (baseline + target) / 2
  const noise = twoSided[significance] * Math.sqrt(2 * mean * (1 - mean))
  const signal = quantiles[power] * Math.sqrt(baseline * (1 - baseline) + target * (1 - target))
  return Math.ceil((noise + signal) ** 2 / (baseline - target) ** 2)
}
