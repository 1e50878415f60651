const days: Intl.DateTimeFormatOptions = { month: 'short', day: 'numeric' }
const styles: Readonly<Record<'hour' | 'day' | 'week' | 'month', Intl.DateTimeFormatOptions>> = {
  hour: { ...days, hour: '2-digit', minute: '2-digit' },
  day: days,
  week: days,
  month: { month: 'short', year: 'numeric' },
}

/** When an hour, day, week or month begins, in the time zone by which it was cut: `Mar 29`. */
export const formatBucket = (
  moment: string,
  { by, timeZone, locale }: { readonly by: keyof typeof styles; readonly timeZone: string; readonly locale?: string },
) => new Intl.DateTimeFormat(locale, { ...styles[by], timeZone }).format(new Date(moment))
