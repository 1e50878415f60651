import type pg from 'pg'
import { asId, newId, type OrganizationId } from '../../../src/base/ids.ts'
import type { Database } from '../../../src/db/index.ts'
import { addOrganization } from '../../database.ts'
import { fillTenantTables, listForeignKeys, listTenantTables } from '../../tenant-catalogue.ts'
import { listUniqueKeys, readRows, type World } from './world.ts'

/** An id of 2004: what it names lies in the default partition, where this month's has a partition of its own. */
const oldId = () => `01000000${newId().slice(8)}`

/** Organizations with a row in every tenant table and in every kind of partition, and one that is empty. */
export async function openWorld(database: Database, { owner }: { readonly owner: pg.Client }): Promise<World> {
  const tables = await listTenantTables(database)
  const mine = await addOrganization(database, 'Mine')
  const theirs = await addOrganization(database, 'Theirs')
  const empty = await addOrganization(database, 'Empty')
  for (const organizationId of [mine, theirs]) {
    await fillTenantTables(database, { tables, organizationId })
    await fillTenantTables(database, { tables, organizationId, makeId: oldId })
  }
  await owner.query('analyze')
  return {
    mine,
    theirs,
    empty,
    tables,
    foreignKeys: await listForeignKeys(database),
    uniqueKeys: await listUniqueKeys(owner),
    mineRows: await readRows(owner, { tables, organizationId: mine }),
    theirRows: await readRows(owner, { tables, organizationId: theirs }),
  }
}

/** Further organizations, filled as well, for those who interleave. */
export async function addFilled(database: Database, count: number): Promise<readonly OrganizationId[]> {
  const tables = await listTenantTables(database)
  const added: OrganizationId[] = []
  for (let number = 1; number <= count; number += 1) {
    const organizationId = await addOrganization(database, `Racer ${number}`)
    await fillTenantTables(database, { tables, organizationId })
    added.push(asId(organizationId))
  }
  return added
}
