import { MetricEvent } from '@neonhub/contract'
import { CsvError, parse as parseCsv } from 'csv-parse/sync'
import { z } from 'zod'
import { messageOf, NeonHubError } from '../base/errors.ts'
import { hashJson } from '../base/json.ts'
import { issuesOf } from '../base/parse.ts'

/** What rows are read with. */
export interface ReadMetricsOptions {
  /** Takes the place of what a row leaves out. */
  readonly brand?: string | undefined
  readonly source?: string | undefined
  /** IANA name: where a row names a day alone, it is the beginning of the day there. */
  readonly timeZone: string
}

const hint =
  'A CSV file begins with a line of columns: metric, occurred_at, value (or amount and currency), and where you like brand, campaign_id, content_id, unit, source, key. A JSON file is a list as POST /v1/metrics takes it.'
const most = 10

const columns: Readonly<Record<string, string>> = {
  occurred_at: 'occurredAt',
  campaign_id: 'campaignId',
  content_id: 'contentId',
}
const Rows = z.array(z.record(z.string(), z.unknown()))

/**
 * Reads facts from CSV or JSON. A row without a key gets one of all that it says and how often that has stood before, so
 * that the same file adds nothing the second time, and rows that are alike count each.
 * Throws `cli.metrics_unreadable` with the first faults by their rows.
 */
export function readMetrics(text: string, options: ReadMetricsOptions): readonly MetricEvent[] {
  const seen = new Map<string, number>()
  const faults: string[] = []
  const events = readRows(text).flatMap((row, index) => {
    const fields = fieldsOf(row, options)
    const content = hashJson(fields)
    const times = (seen.get(content) ?? 0) + 1
    seen.set(content, times)
    const parsed = MetricEvent.safeParse({ key: `${content}:${times}`, ...fields })
    if (parsed.success) return [parsed.data]
    faults.push(...issuesOf(parsed.error).map(({ path, message }) => `row ${index + 1}, ${path}: ${message}`))
    return []
  })
  if (faults.length === 0 && events.length > 0) return events
  const more = faults.length > most ? ` and ${faults.length - most} more` : ''
  throw unreadable(
    events.length === 0 && faults.length === 0 ? 'it has no rows' : faults.slice(0, most).join('; ') + more,
  )
}

const unreadable = (reason: string, cause?: unknown) =>
  new NeonHubError('cli.metrics_unreadable', `The facts cannot be read: ${reason}`, { kind: 'invalid', hint, cause })

function readRows(text: string): z.output<typeof Rows> {
  try {
    if (!/^\s*[[{]/.test(text)) {
      return Rows.parse(parseCsv(text, { bom: true, columns: true, skip_empty_lines: true, trim: true }))
    }
    const value: unknown = JSON.parse(text)
    return z.union([Rows, z.object({ events: Rows }).transform(({ events }) => events)]).parse(value)
  } catch (error) {
    if (error instanceof CsvError || error instanceof SyntaxError || error instanceof z.ZodError)
      throw unreadable(error instanceof z.ZodError ? 'it is no list of objects' : messageOf(error), error)
    throw error
  }
}

/** The members of a fact, by the contract's names; empty cells are absent. */
function fieldsOf(row: Readonly<Record<string, unknown>>, { brand, source, timeZone }: ReadMetricsOptions) {
  const given = Object.entries(row)
    .filter(([, cell]) => cell !== '' && cell !== undefined && cell !== null)
    .map(([column, cell]): [string, unknown] => [columns[column] ?? column, cell])
  const { amount, value, occurredAt, ...rest } = Object.fromEntries(given)
  return {
    ...(brand === undefined ? {} : { brand }),
    source: source ?? 'file',
    ...rest,
    ...(value === undefined ? {} : { value: numberOf(value) }),
    ...(amount === undefined ? {} : { value: microsOf(amount) }),
    ...(occurredAt === undefined ? {} : { occurredAt: toMoment(occurredAt, timeZone) }),
  }
}

/** What is no number stays as it is, for the contract to refuse. */
function numberOf(cell: unknown): unknown {
  const number = Number(cell)
  return Number.isFinite(number) ? number : cell
}

function microsOf(amount: unknown): unknown {
  const number = numberOf(amount)
  // 19.99 * 1e6 is 19989999.999999996.
  return typeof number === 'number' ? Math.round(number * 1_000_000) : amount
}

function toMoment(cell: unknown, timeZone: string): unknown {
  return typeof cell === 'string' && z.iso.date().safeParse(cell).success ? startOfDay(cell, timeZone) : cell
}

/** When a day (`2026-03-29`) begins in a time zone. */
function startOfDay(day: string, timeZone: string): string {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  const offsetAt = (moment: number) => {
    const local = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(moment)
    return Date.parse(`${local.replace(' ', 'T')}Z`) - moment
  }
  // The offset that holds at the guess may differ from the one at the beginning of the day, once.
  const guess = midnight - offsetAt(midnight)
  return new Date(midnight - offsetAt(guess)).toISOString()
}
