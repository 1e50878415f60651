import { z } from 'zod'
import type { OrganizationId } from '../../base/ids.ts'
import { asId, isId } from '../../base/ids.ts'
import type { TableSum } from './row-sum.ts'

const OrganizationScope = z.object({
  kind: z.literal('organization'),
  id: z
    .string()
    .refine(isId)
    .transform((id): OrganizationId => asId(id)),
  slug: z.string(),
  name: z.string(),
})

/** What a backup begins with. */
export const BackupHeader = z.object({
  scope: z.discriminatedUnion('kind', [z.object({ kind: z.literal('installation') }), OrganizationScope]),
  /** The newest migration of the database, and the checksum of each. */
  schemaVersion: z.number().int(),
  migrations: z.record(z.string(), z.string()),
  madeAt: z.iso.datetime(),
  /** The months that its journals have partitions of, as `2026-11-01`. */
  months: z.object({ first: z.string(), last: z.string() }).optional(),
})
export type BackupHeader = z.output<typeof BackupHeader>

const Sum = z.object({ rows: z.number().int(), hash: z.string().length(64) })

/** What a backup ends with: what each table comes to, and how far its sequences have counted. */
export const BackupEnd = z.object({ sums: z.record(z.string(), Sum), sequences: z.record(z.string(), z.number()) })
export type BackupEnd = z.output<typeof BackupEnd>

/** What stands between the rows: the header, the name of a table before its rows, and the end. */
export const ControlPart = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('header'), header: BackupHeader }),
  z.object({ kind: z.literal('table'), name: z.string(), columns: z.array(z.string()).readonly() }),
  z.object({ kind: z.literal('end'), end: BackupEnd }),
])

/** A backup as it goes by, from a database or from a file. `lines` are rows as `readRows` writes them. */
export type BackupPart = z.output<typeof ControlPart> | { readonly kind: 'rows'; readonly lines: readonly string[] }

/** Where a long command stands. */
export interface BackupProgress {
  readonly stage: 'write' | 'check' | 'load' | 'verify' | 'export'
  readonly table?: string
  readonly rows: number
}
export type OnProgress = (progress: BackupProgress) => void

/** The sums of all tables in one: how many tables have rows, and how many rows there are. */
export const totalOf = (sums: Readonly<Record<string, TableSum>>) => {
  const rows = Object.values(sums).map((sum) => sum.rows)
  return { tables: rows.filter((count) => count > 0).length, rows: rows.reduce((sum, count) => sum + count, 0) }
}
