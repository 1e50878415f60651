import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImportedPeople } from '@neonhub/contract'
import type { OrganizationId } from '../base/ids.ts'
import { type Database, withTenant } from '../db/index.ts'
import { importPeople, readPeopleCsv } from '../people/index.ts'

export const brandPeopleFile = 'people.csv'

/**
 * Takes in the people of a brand's folder; undefined where it has no `people.csv`. Throws `people.file_unreadable` for
 * one that is no file of people.
 */
export async function importBrandPeople(
  { database, masterKey }: { readonly database: Database; readonly masterKey: Uint8Array },
  organizationId: OrganizationId,
  { folder, actor }: { readonly folder: string; readonly actor: string },
): Promise<ImportedPeople | undefined> {
  // A link could lead out of the folder; documents are read by the same rule.
  const file = await open(join(folder, brandPeopleFile), constants.O_RDONLY | constants.O_NOFOLLOW).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ELOOP') return undefined
      throw error
    },
  )
  if (!file) return undefined
  const total = { added: 0, changed: 0, unchanged: 0, refused: [] as ImportedPeople['refused'] }
  for await (const { lines, refused } of readPeopleCsv(file.createReadStream())) {
    const outcome = await withTenant(database, organizationId, (tx) =>
      importPeople(tx, { lines, source: brandPeopleFile, actor, masterKey }),
    )
    total.added += outcome.added
    total.changed += outcome.changed
    total.unchanged += outcome.unchanged
    total.refused.push(...refused, ...outcome.refused)
  }
  return total
}
