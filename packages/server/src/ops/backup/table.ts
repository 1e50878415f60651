/**
 * How a table belongs to an organization: its rows carry `organization_id`; it is the organizations themselves; its rows
 * are users or belong to one (`user_id`, whatever it is called); or it is the installation's own.
 */
export type TableBelonging = 'organization' | 'organizations' | 'users' | 'user' | 'installation'

export interface BackupColumn {
  readonly name: string
  /** As PostgreSQL writes it, without a length: a cast to a length would cut in silence. */
  readonly type: string
}

export interface BackupReference {
  readonly name: string
  readonly columns: readonly string[]
  readonly parent: string
  readonly isDeferrable: boolean
}

/** A table as backups see it, from the catalogue. Generated columns are left out: they are computed again. */
export interface BackupTable {
  readonly name: string
  readonly columns: readonly BackupColumn[]
  readonly references: readonly BackupReference[]
  readonly belonging: TableBelonging
  /** Whether the owner is let through, where the table has row-level security. */
  readonly isOpen: boolean
  /** Whether something of ours would run with each row that is put in. */
  readonly hasTriggers: boolean
  readonly sequences: readonly { readonly column: string; readonly sequence: string }[]
}

/** A name as PostgreSQL reads it, whatever is in it. */
export const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`
