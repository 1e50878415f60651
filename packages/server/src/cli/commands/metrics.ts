import {
  type MetricBucket,
  type MetricGrouping,
  type MetricSeries,
  type RecordedMetrics,
  routes,
} from '@neonhub/contract'
import pc from 'picocolors'
import type { ApiClient } from '../client.ts'
import { formatCost, formatTable, plainText } from '../print/format.ts'
import { readMetrics } from '../read-metrics.ts'
import { readTextFile } from '../read-text-file.ts'
import type { Terminal } from '../terminal.ts'

/** Below what a request may hold, with keys of any length. */
const batchSize = 500

/** Takes in the facts of a CSV or JSON file. The same file again adds nothing. */
export async function recordMetrics(
  client: ApiClient,
  terminal: Terminal,
  { file, ...defaults }: { readonly file: string; readonly brand?: string; readonly source?: string },
): Promise<boolean> {
  const text = await readTextFile(file, { hint: 'Name a CSV or JSON file, or - for standard input.' })
  const { timeZone } = await client.call(routes.getOrganization)
  const events = readMetrics(text, { ...defaults, timeZone })
  const total = { recorded: 0, known: 0, differing: [] as RecordedMetrics['results'] }
  try {
    for (let start = 0; start < events.length; start += batchSize) {
      const batch = events.slice(start, start + batchSize)
      const outcome = await client.call(routes.recordMetrics, { body: { events: batch } })
      total.recorded += outcome.recorded
      total.known += outcome.known
      total.differing.push(...outcome.results.filter(({ status }) => status === 'differs'))
      terminal.status(`${start + batch.length} of ${events.length}`)
    }
  } finally {
    terminal.endStatus()
  }
  const { recorded, known, differing } = total
  if (terminal.isJson) {
    terminal.print(JSON.stringify({ recorded, known, differing: differing.map(({ key }) => key) }))
  } else {
    terminal.print(`${recorded} facts are new, ${known} were known.`)
    if (differing.length > 0) {
      const keys = differing.slice(0, 5).map(({ key }) => plainText(key))
      terminal.print(pc.yellow(`${differing.length} keys stand with another value, which stays: ${keys.join(', ')}`))
    }
  }
  return differing.length === 0
}

export interface SeriesFlags {
  readonly by: MetricBucket
  readonly group?: MetricGrouping
  readonly brand?: string
  readonly campaign?: string
  readonly source?: string
  readonly from?: Date
  readonly to?: Date
}

/** What was measured, a line a series. */
export async function showMetricSeries(
  client: ApiClient,
  terminal: Terminal,
  { metric, by, group, brand, campaign, source, from, to }: SeriesFlags & { readonly metric?: string | undefined },
): Promise<void> {
  const report = await client.call(routes.getMetricSeries, {
    query: {
      metric,
      by,
      groupBy: group,
      brand,
      campaignId: campaign,
      source,
      from: from?.toISOString(),
      to: to?.toISOString(),
    },
  })
  if (terminal.isJson) return terminal.print(JSON.stringify(report))
  if (report.series.length === 0) {
    return terminal.print('Nothing was measured in that time. Take facts in: npx neonhub metrics record FILE')
  }
  const rows = report.series.map((line) => [
    line.metric,
    plainText(line.group?.label ?? ''),
    amountOf(line.total, line),
    String(line.count),
    sparkline(line.values),
  ])
  terminal.print(formatTable([['METRIC', 'OF', 'TOTAL', 'FACTS', `BY ${report.by.toUpperCase()}`], ...rows]))
  const [first] = report.buckets
  terminal.print(pc.dim(`From ${first ?? ''} on, in ${report.timeZone}.`))
  if (report.omitted > 0) terminal.print(pc.dim(`${report.omitted} smaller series are left out.`))
}

const amountOf = (value: number, { unit, currency }: MetricSeries['series'][number]) =>
  currency === undefined
    ? `${value.toLocaleString('en')}${unit === undefined ? '' : ` ${unit}`}`
    : formatCost(value, currency)

const bars = '▁▂▃▄▅▆▇█'

/** At most the newest sixty values, as high as their share of the highest; nothing stands as a space. */
function sparkline(values: readonly number[]): string {
  const shown = values.slice(-60)
  const highest = Math.max(...shown, 0)
  return shown
    .map((value) => (value <= 0 ? ' ' : (bars[Math.ceil((value / highest) * bars.length) - 1] ?? ' ')))
    .join('')
}
