import { formatMoment, formatRelative } from '../format/time.ts'
import { useNow } from './use-now.ts'

/** A moment as its distance from now; the tooltip has the date. */
export function Moment({ at }: { readonly at: string }) {
  const now = useNow(15_000)
  return (
    <time dateTime={at} title={formatMoment(at)}>
      {formatRelative(at, { now })}
    </time>
  )
}
