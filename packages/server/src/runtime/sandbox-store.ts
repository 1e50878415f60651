import type { OrganizationId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { SandboxStore } from '../connectors/spec.ts'
import { type Database, jsonb, withTenant } from '../db/index.ts'

/** The memory of one connector's sandbox in one organization. Each call is a transaction of its own. */
export function createSandboxStore(
  database: Database,
  { organizationId, connector }: { readonly organizationId: OrganizationId; readonly connector: string },
): SandboxStore {
  const find = (collection: string, key: string) =>
    withTenant(database, organizationId, (tx) =>
      tx
        .selectFrom('sandbox_records')
        .select('value')
        .where('organization_id', '=', organizationId)
        .where('connector', '=', connector)
        .where('collection', '=', collection)
        .where('key', '=', key)
        .executeTakeFirst(),
    ).then((row) => row?.value as JsonObject | undefined)
  return {
    find,
    list: async (collection) => {
      const rows = await withTenant(database, organizationId, (tx) =>
        tx
          .selectFrom('sandbox_records')
          .select('value')
          .where('organization_id', '=', organizationId)
          .where('connector', '=', connector)
          .where('collection', '=', collection)
          .orderBy('sequence')
          .execute(),
      )
      return rows.map((row) => row.value as JsonObject)
    },
    putOnce: async (collection, key, value) => {
      await withTenant(database, organizationId, (tx) =>
        tx
          .insertInto('sandbox_records')
          .values({ organization_id: organizationId, connector, collection, key, value: jsonb(value) })
          .onConflict((conflict) => conflict.columns(['organization_id', 'connector', 'collection', 'key']).doNothing())
          .execute(),
      )
      return (await find(collection, key)) ?? value
    },
  }
}
