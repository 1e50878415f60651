import type { JsonObject } from '../src/base/json.ts'
import type { SandboxStore } from '../src/connectors/spec.ts'

/** A `SandboxStore` in memory: what the database keeps for one organization and connector. */
export function createMemorySandboxStore(): SandboxStore {
  const collections = new Map<string, Map<string, JsonObject>>()
  const rowsOf = (collection: string) => {
    const rows = collections.get(collection) ?? new Map<string, JsonObject>()
    collections.set(collection, rows)
    return rows
  }
  return {
    list: async (collection) => [...rowsOf(collection).values()],
    find: async (collection, key) => rowsOf(collection).get(key),
    putOnce: async (collection, key, value) => {
      const rows = rowsOf(collection)
      const standing = rows.get(key) ?? value
      rows.set(key, standing)
      return standing
    },
  }
}
