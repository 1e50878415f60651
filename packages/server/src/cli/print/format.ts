import type { Run } from '@neonhub/contract'
import pc from 'picocolors'

/** A length of time as people read it: `12 ms`, `3.4 s`, `2 min 5 s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`
  const seconds = durationMs / 1_000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}

/** How large a file is: `312 B`, `4.2 KiB`, `1.5 MiB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`
}

/** Millionths of a currency as an amount: `USD 1.2840`, and to the last millionth below a cent: `USD 0.000012`. */
export function formatCost(costMicros: number, currency = 'USD'): string {
  const isSmall = costMicros !== 0 && Math.abs(costMicros) < 10_000
  return `${currency} ${(costMicros / 1_000_000).toFixed(isSmall ? 6 : 4)}`
}

/** What a run and those below it cost, or that the sandbox stood in for a model; nothing where there is nothing to say. */
export function costOf({ sandbox, totalCostMicros }: Pick<Run, 'sandbox' | 'totalCostMicros'>): readonly string[] {
  if (totalCostMicros > 0) return [formatCost(totalCostMicros)]
  return sandbox ? ['sandbox'] : []
}

const statusColors: Readonly<Record<string, (text: string) => string>> = {
  succeeded: pc.green,
  approved: pc.green,
  delivered: pc.green,
  enabled: pc.green,
  processed: pc.green,
  active: pc.green,
  started: pc.green,
  failed: pc.red,
  denied: pc.red,
  expired: pc.red,
  failing: pc.red,
  refused: pc.red,
  unknown: pc.magenta,
  needs_attention: pc.magenta,
  done: pc.green,
  waiting: pc.yellow,
  awaiting_approval: pc.yellow,
  pending: pc.yellow,
  missed: pc.yellow,
  overlap: pc.yellow,
  cancelled: pc.dim,
  simulated: pc.cyan,
  disabled: pc.dim,
  ignored: pc.dim,
}

/** A status in words and in its color. */
export function formatStatus(status: string): string {
  const color = statusColors[status] ?? pc.cyan
  return color(status.replaceAll('_', ' '))
}

/** Rows in columns, each as wide as its widest cell. Colors do not count. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_cell, column) =>
    Math.max(...rows.map((row) => visibleLength(row[column] ?? ''))),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - visibleLength(cell))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const escapeCharacter = String.fromCharCode(27)
const escapeSequence = new RegExp(`${escapeCharacter}\\[[0-9;]*m`, 'g')
const visibleLength = (text: string) => text.replaceAll(escapeSequence, '').length

/** Text from outside, for a terminal: a control character could move the cursor or change what a person reads. */
export function plainText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}
