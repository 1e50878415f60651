import { stdout } from 'node:process'

/** Prints rows of cells, each column as wide as its widest cell. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, column) => Math.max(all[column] ?? 0, cell.length)),
    [],
  )
  for (const row of rows) {
    const line = row.map((cell, column) => cell.padEnd((widths[column] ?? 0) + 3)).join('')
    stdout.write(`${line.trimEnd()}\n`)
  }
}
