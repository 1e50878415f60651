/** A fact that was measured outside, as it is told. */
export interface NewMetric {
  /** By which the sender knows it. */
  readonly key: string
  /** Slug. */
  readonly brand: string
  readonly campaignId?: string | undefined
  readonly contentId?: string | undefined
  readonly metric: string
  /** In micros where there is a currency. */
  readonly value: number
  readonly unit?: string | undefined
  /** ISO 4217. */
  readonly currency?: string | undefined
  /** ISO 8601. */
  readonly occurredAt: string
  readonly source: string
}

export type MetricOutcome = 'recorded' | 'known' | 'differs'

/** Which facts, and how they are added up. */
export interface MetricQuery {
  readonly metric?: string | undefined
  readonly by: 'hour' | 'day' | 'week' | 'month'
  readonly groupBy?: 'brand' | 'campaign' | 'content' | 'source' | undefined
  /** Slug. */
  readonly brand?: string | undefined
  readonly campaignId?: string | undefined
  readonly contentId?: string | undefined
  readonly source?: string | undefined
  readonly from: Date
  readonly to: Date
}

export interface MetricLine {
  readonly metric: string
  readonly unit?: string
  readonly currency?: string
  readonly group?: { readonly key?: string; readonly label: string }
  readonly total: number
  readonly count: number
  /** As long as the report's `buckets`; likewise `counts`. */
  readonly values: readonly number[]
  readonly counts: readonly number[]
}

export interface MetricReport {
  readonly timeZone: string
  readonly buckets: readonly Date[]
  readonly series: readonly MetricLine[]
  readonly omitted: number
}
