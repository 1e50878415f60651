import type { BackupProgress } from '../../../ops/index.ts'
import type { Terminal } from '../../terminal.ts'

const stages: Readonly<Record<BackupProgress['stage'], string>> = {
  write: 'reading',
  check: 'checking the file',
  load: 'writing',
  verify: 'reading back',
  export: 'exporting',
}

/** Shows where a backup, restore or move stands, in the terminal's one line. */
export const showProgress =
  (terminal: Terminal) =>
  ({ stage, table, rows }: BackupProgress): void => {
    const count = stage === 'check' ? formatBytes(rows) : `${rows.toLocaleString('en')} rows`
    terminal.status([stages[stage], table, count].filter((part) => part !== undefined).join('  '))
  }

const units = ['bytes', 'KB', 'MB', 'GB', 'TB']

/** A size as people read it: `812 bytes`, `3.4 MB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`
}
