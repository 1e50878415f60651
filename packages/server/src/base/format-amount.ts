/** An amount as a person reads it: `1.25 USD` from micros, or `3 messages`. */
export function formatAmount(amount: number, currency: string | null | undefined): string {
  if (currency === null || currency === undefined) return amount === 1 ? '1 message' : `${amount} messages`
  const fraction = amount % 10_000 === 0 ? 2 : 6
  return `${(amount / 1_000_000).toFixed(fraction)} ${currency}`
}
