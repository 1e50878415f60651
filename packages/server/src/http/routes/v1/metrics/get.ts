import { routes } from '@neonhub/contract'
import { reportMetrics } from '../../../../marketing/index.ts'
import { implement } from '../../../implement.ts'

const defaultMs = 30 * 86_400_000

export const getMetricSeries = implement(routes.getMetricSeries)(async ({ parts, query, inTenant }) => {
  const { from: asked, to: until, ...filters } = query
  const to = until === undefined ? parts.clock.now() : new Date(until)
  const from = asked === undefined ? new Date(to.getTime() - defaultMs) : new Date(asked)
  const { buckets, series, ...report } = await inTenant((tx) => reportMetrics(tx, { ...filters, from, to }))
  return {
    status: 200,
    body: {
      ...report,
      by: filters.by,
      buckets: buckets.map((bucket) => bucket.toISOString()),
      series: series.map(({ values, counts, ...line }) => ({ ...line, values: [...values], counts: [...counts] })),
    },
  }
})
