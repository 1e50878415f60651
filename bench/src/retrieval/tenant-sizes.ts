/** How many chunks each tenant has, the largest first: Zipf's law, tenant r has a share of 1 / r^exponent. */
export function zipfSizes({
  chunks,
  tenants,
  exponent,
}: {
  readonly chunks: number
  readonly tenants: number
  readonly exponent: number
}): readonly number[] {
  const weights = Array.from({ length: tenants }, (_none, index) => (index + 1) ** -exponent)
  const whole = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => Math.max(1, Math.round((chunks * weight) / whole)))
}
