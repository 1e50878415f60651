/** A whole number in the user's language, or shortened: `1,234`, `12K`. */
export const formatCount = (count: number, { locale, compact = false }: { locale?: string; compact?: boolean } = {}) =>
  new Intl.NumberFormat(locale, compact ? { notation: 'compact', maximumFractionDigits: 1 } : {}).format(count)
