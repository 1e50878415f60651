import { NeonHubError } from '../../base/errors.ts'
import type { TenantTx } from '../../db/index.ts'
import type { MetricLine, MetricQuery, MetricReport } from './spec.ts'
import { getTimeZone, listBuckets, type MetricSum, sumMetrics } from './sql/metric-sums.ts'

const mostBuckets = 1_000
const mostSeries = 100
const hourMs = 3_600_000
/** How long a bucket is at most, where the clocks are set back in it. */
const longestMs = { hour: hourMs, day: 25 * hourMs, week: 169 * hourMs, month: 745 * hourMs } as const

/**
 * What was measured, added up by hours, days, weeks or months in the organization's time zone: a series for each metric,
 * unit, currency and group, the largest first. Throws `marketing.metrics_too_many` for a time of more than a thousand
 * buckets, and `marketing.metrics_range` where it ends before it begins.
 */
export async function reportMetrics(tx: TenantTx, query: MetricQuery): Promise<MetricReport> {
  if (query.from >= query.to) {
    throw new NeonHubError('marketing.metrics_range', 'The time that is asked for ends before it begins', {
      kind: 'invalid',
      hint: 'Give "from" before "to".',
    })
  }
  // Before the database makes them all: a year of hours is soon asked for, and two thousand years are as well.
  if (query.to.getTime() - query.from.getTime() > mostBuckets * longestMs[query.by]) throw tooMany(query.by)
  const timeZone = await getTimeZone(tx)
  const buckets = await listBuckets(tx, query, { timeZone, limit: mostBuckets })
  if (buckets.length > mostBuckets) throw tooMany(query.by)
  const lines = toLines(await sumMetrics(tx, query, timeZone), { buckets, isGrouped: query.groupBy !== undefined })
  return { timeZone, buckets, series: lines.slice(0, mostSeries), omitted: Math.max(0, lines.length - mostSeries) }
}

const tooMany = (by: MetricQuery['by']) =>
  new NeonHubError('marketing.metrics_too_many', `There are more than ${mostBuckets} ${by}s in that time`, {
    kind: 'invalid',
    hint: 'Ask for a shorter time, or by days, weeks or months.',
  })

function toLines(
  sums: readonly MetricSum[],
  { buckets, isGrouped }: { readonly buckets: readonly Date[]; readonly isGrouped: boolean },
): readonly MetricLine[] {
  const positions = new Map(buckets.map((bucket, index) => [bucket.getTime(), index]))
  const groups = Map.groupBy(sums, ({ metric, unit, currency, key }) => JSON.stringify([metric, unit, currency, key]))
  return [...groups.values()]
    .flatMap((group) => (group[0] ? [toLine(group, { first: group[0], positions, isGrouped })] : []))
    .toSorted((one, other) => one.metric.localeCompare(other.metric) || Math.abs(other.total) - Math.abs(one.total))
}

function toLine(
  sums: readonly MetricSum[],
  parts: {
    readonly first: MetricSum
    readonly positions: ReadonlyMap<number, number>
    readonly isGrouped: boolean
  },
): MetricLine {
  const { metric, unit, currency, key, label } = parts.first
  const values = Array.from({ length: parts.positions.size }, () => 0)
  const counts = [...values]
  for (const { bucket, value, count } of sums) {
    const position = parts.positions.get(bucket.getTime())
    if (position === undefined) throw new RangeError(`a sum begins at ${bucket.toISOString()}, where no bucket does`)
    values[position] = Number(value)
    counts[position] = count
  }
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  return {
    metric,
    ...(unit === null ? {} : { unit }),
    ...(currency === null ? {} : { currency }),
    ...(parts.isGrouped ? { group: { ...(key === null ? {} : { key }), label: label ?? key ?? 'none' } } : {}),
    total: sum(values),
    count: sum(counts),
    values,
    counts,
  }
}
