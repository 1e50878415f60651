/** A length of time with two units at most: `420 ms`, `3.4 s`, `2 min 5 s`, `1 h 12 min`, `3 d 4 h`. */
export function formatDuration(milliseconds: number, { locale }: { readonly locale?: string } = {}): string {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`
  if (milliseconds < 9_950) return `${tenths(milliseconds / 1000, locale)} s`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return pair([Math.floor(seconds / 60), 'min'], [seconds % 60, 's'])
  const minutes = Math.round(seconds / 60)
  if (minutes < 24 * 60) return pair([Math.floor(minutes / 60), 'h'], [minutes % 60, 'min'])
  const hours = Math.round(minutes / 60)
  return pair([Math.floor(hours / 24), 'd'], [hours % 24, 'h'])
}

const tenths = (count: number, locale: string | undefined) =>
  new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(count)

const pair = ([large, largeUnit]: [number, string], [small, smallUnit]: [number, string]) =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`

const relativeUnits = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 30],
  ['month', 12],
] as const satisfies readonly (readonly [Intl.RelativeTimeFormatUnit, number])[]

/** How far a moment is from now: `2 minutes ago`, `in 3 hours`. In English, because it stands in English sentences. */
export function formatRelative(moment: string, { now }: { readonly now: number }): string {
  const format = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
  let distance = (Date.parse(moment) - now) / 1000
  for (const [unit, next] of relativeUnits) {
    if (Math.abs(Math.round(distance)) < next) return format.format(Math.round(distance), unit)
    distance /= next
  }
  return format.format(Math.round(distance), 'year')
}

/** A moment in the user's own place and language. */
export const formatMoment = (moment: string, options: { readonly locale?: string; readonly timeZone?: string } = {}) =>
  new Intl.DateTimeFormat(options.locale, {
    dateStyle: 'medium',
    timeStyle: 'medium',
    ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
  }).format(new Date(moment))
