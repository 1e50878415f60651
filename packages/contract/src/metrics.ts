import { z } from 'zod'
import { defineRoute } from './route.ts'
import { Id, Moment, Slug } from './values.ts'

/** What a metric, a unit or a source is called: `clicks`, `revenue`, `google_analytics`. */
const MetricName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_.-]{0,63}$/,
    'must be lower case letters, digits, "_", "." and "-", 64 at most, and begin with a letter or digit',
  )

/** A fact that was measured outside. */
export const MetricEvent = z
  .strictObject({
    /** By which the sender knows the fact: a key that was taken in before adds nothing. */
    key: z.string().min(1).max(500),
    /** Slug of the brand that it was measured of. */
    brand: Slug,
    campaignId: Id.optional(),
    /** The piece of content; its campaign is the fact's too. */
    contentId: Id.optional(),
    metric: MetricName,
    /** In micros where there is a currency, else in the unit, else a count. Negative takes back what was told before. */
    value: z.number().min(-1e15).max(1e15),
    /** What the value counts, such as `seconds`; absent where it is a plain count or money. */
    unit: MetricName.optional(),
    /** ISO 4217, where the value is money. */
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be three capital letters, such as EUR')
      .optional(),
    /** When it was measured. */
    occurredAt: Moment,
    /** Who measured it. */
    source: MetricName,
  })
  .refine(({ unit, currency }) => unit === undefined || currency === undefined, {
    message: 'is for values that are no money',
    path: ['unit'],
  })
  .refine(({ value, currency }) => currency === undefined || Number.isSafeInteger(value), {
    message: 'must be whole micros of the currency: 12.50 are 12500000',
    path: ['value'],
  })
export type MetricEvent = z.output<typeof MetricEvent>

export const RecordedMetrics = z.object({
  /** How many were new. */
  recorded: z.int(),
  /** How many had been taken in before, and said the same. */
  known: z.int(),
  /** How many had been taken in before under their key and said something else; what stood first stands. */
  differing: z.int(),
  /** What became of each, in the order of the request. */
  results: z.array(z.object({ key: z.string(), status: z.enum(['recorded', 'known', 'differs']) })),
})
export type RecordedMetrics = z.output<typeof RecordedMetrics>

export const MetricBucket = z.enum(['hour', 'day', 'week', 'month'])
export type MetricBucket = z.output<typeof MetricBucket>
export const MetricGrouping = z.enum(['brand', 'campaign', 'content', 'source'])
export type MetricGrouping = z.output<typeof MetricGrouping>

const Series = z.object({
  metric: z.string(),
  unit: z.string().optional(),
  currency: z.string().optional(),
  /** What these are of, where they were asked for by groups; `key` is absent for what belongs to none. */
  group: z.object({ key: z.string().optional(), label: z.string() }).optional(),
  /** Sum of the values, in micros where there is a currency. */
  total: z.number(),
  /** How many facts. */
  count: z.int(),
  /** The sum within each of the answer's `buckets`. */
  values: z.array(z.number()),
  /** How many facts within each, which tells a nought from nothing. */
  counts: z.array(z.int()),
})

export const MetricSeries = z.object({
  by: MetricBucket,
  /** Of the organization: in it days, weeks (from Monday) and months begin. */
  timeZone: z.string(),
  /** When each begins, oldest first; the first and the last are cut by `from` and `to`. */
  buckets: z.array(Moment),
  /** Of money, of units and of each group apart, the largest first. */
  series: z.array(Series),
  /** How many smaller series were left out. */
  omitted: z.int(),
})
export type MetricSeries = z.output<typeof MetricSeries>

export const recordMetrics = defineRoute({
  id: 'recordMetrics',
  method: 'post',
  path: '/v1/metrics',
  tag: 'metrics',
  summary: 'Takes in what was measured outside; sent twice, it counts once',
  request: { body: z.strictObject({ events: z.array(MetricEvent).min(1).max(1000) }) },
  responses: { 200: { description: 'What was new', schema: RecordedMetrics } },
  permission: 'metrics:write',
  audit: 'metrics.recorded',
})

export const getMetricSeries = defineRoute({
  id: 'getMetricSeries',
  method: 'get',
  path: '/v1/metrics',
  tag: 'metrics',
  summary: 'What was measured, by hours, days, weeks or months in the organization’s time zone',
  request: {
    query: z.strictObject({
      metric: MetricName.optional(),
      by: MetricBucket.default('day'),
      groupBy: MetricGrouping.optional(),
      brand: Slug.optional(),
      campaignId: Id.optional(),
      contentId: Id.optional(),
      source: MetricName.optional(),
      /** Thirty days before `to` where absent. */
      from: Moment.optional(),
      /** Up to here and no further; now where absent. */
      to: Moment.optional(),
    }),
  },
  responses: { 200: { description: 'The series', schema: MetricSeries } },
  permission: 'metrics:read',
  audit: null,
})
