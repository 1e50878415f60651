import { useQuery } from '@tanstack/react-query'
import { mySettingsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { formatMoment, formatRelative } from '../format/time.ts'
import { useNow } from './use-now.ts'

/** A moment as its distance from now; the tooltip has the date, in the language and time zone that the person set. */
export function Moment({ at }: { readonly at: string }) {
  const { api } = useServices()
  const { locale, timeZone } = useQuery(mySettingsQuery(api)).data ?? {}
  const now = useNow(15_000)
  const options = { ...(locale === undefined ? {} : { locale }), ...(timeZone === undefined ? {} : { timeZone }) }
  return (
    <time dateTime={at} title={formatMoment(at, options)}>
      {formatRelative(at, { now })}
    </time>
  )
}
