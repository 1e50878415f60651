import { isId, type OrganizationId } from '../../base/ids.ts'
import { NeonHubError } from '../../base/errors.ts'
import type { BackupTable } from './table.ts'
import { identifier } from './table.ts'

/** What a backup holds: everything, or one organization with the users that its rows name. */
export type BackupScope =
  | { readonly kind: 'installation' }
  | { readonly kind: 'organization'; readonly id: OrganizationId; readonly slug: string; readonly name: string }

/** The tables that a scope takes from. */
export const tablesIn = (tables: readonly BackupTable[], scope: BackupScope) =>
  scope.kind === 'installation' ? tables : tables.filter(({ belonging }) => belonging !== 'installation')

/**
 * Which rows of a table are in the scope, as a condition. `userIds` names the users in the place of those whom the
 * organization's rows name: where it was restored, other rows may name the same ones.
 */
export function conditionFor(
  table: BackupTable,
  scope: BackupScope,
  { tables, userIds }: { readonly tables: readonly BackupTable[]; readonly userIds?: readonly string[] },
): string {
  if (scope.kind === 'installation') return 'true'
  const organization = literal(scope.id)
  const users = userIds === undefined ? usersNamedBy(tables, organization) : userIds.map(literal).join(', ')
  switch (table.belonging) {
    case 'organizations':
      return `id = ${organization}`
    case 'organization':
      return `organization_id = ${organization}`
    case 'users':
      return users === '' ? 'false' : `id in (${users})`
    case 'user':
      return users === '' ? 'false' : `${identifier(userColumnsOf(table)[0] ?? '')} in (${users})`
    case 'installation':
      return 'false'
    default:
      return table.belonging satisfies never
  }
}

/** The columns of a table that name a user. */
export const userColumnsOf = ({ references }: BackupTable): readonly string[] =>
  references.filter(({ parent }) => parent === 'users').flatMap(({ columns }) => columns)

function usersNamedBy(tables: readonly BackupTable[], organization: string): string {
  const selects = tables
    .filter(({ belonging }) => belonging === 'organization')
    .flatMap((table) =>
      userColumnsOf(table).map(
        (column) =>
          `select ${identifier(column)} from ${identifier(table.name)} where organization_id = ${organization}`,
      ),
    )
  return selects.join(' union ')
}

/** An id stands in the statement's text; anything but a UUID ends here. */
function literal(id: string): string {
  if (isId(id)) return `'${id}'`
  throw new NeonHubError('backup.id_invalid', 'The backup has an id that is no UUID', { kind: 'invalid' })
}
