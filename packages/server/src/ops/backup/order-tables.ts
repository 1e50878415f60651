import { NeonHubError } from '../../base/errors.ts'
import type { BackupTable } from './table.ts'

/**
 * Parents before those that reference them. A reference of a table to itself does not count, nor does a deferrable one,
 * which is looked at once every row is there. Throws `backup.reference_circle` where no order is left.
 */
export function orderTables(tables: readonly BackupTable[]): readonly BackupTable[] {
  const ordered: BackupTable[] = []
  let left = tables
  while (left.length > 0) {
    const waiting = new Set(left.map(({ name }) => name))
    const isReady = (table: BackupTable) =>
      table.references.every(
        ({ parent, isDeferrable }) => parent === table.name || isDeferrable || !waiting.has(parent),
      )
    const ready = left.filter(isReady)
    if (ready.length === 0) {
      throw new NeonHubError('backup.reference_circle', `Tables reference each other: ${[...waiting].join(', ')}`, {
        kind: 'internal',
        hint: 'Make one of their foreign keys deferrable in a migration.',
      })
    }
    ordered.push(...ready)
    left = left.filter((table) => !ready.includes(table))
  }
  return ordered
}
