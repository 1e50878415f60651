import { randomBytes } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { type ApiKeyId, asId, newId } from '../base/ids.ts'
import { sha256 } from '../base/json.ts'
import { type Database, type TenantTx, withTenant } from '../db/index.ts'
import { withSystem } from '../db/system.ts'
import type { Caller, Organization } from './caller.ts'
import { toOrganization } from './organizations.ts'
import { type Permission, permissionsOfScopes } from './permissions.ts'

/** What every key begins with, so that scanners of leaked secrets can tell one. */
export const apiKeyPrefix = 'nh_'
const shownCharacters = 10

/** A key as people see it in a list. The key itself is not kept. */
export interface ApiKey {
  readonly id: ApiKeyId
  readonly name: string
  readonly prefix: string
  readonly scopes: readonly Permission[]
  readonly createdBy: string
  readonly createdAt: Date
  readonly expiresAt: Date | undefined
  readonly revokedAt: Date | undefined
  readonly lastUsedAt: Date | undefined
}

const columns = [
  'id',
  'name',
  'prefix',
  'scopes',
  'created_by',
  'created_at',
  'expires_at',
  'revoked_at',
  'last_used_at',
] as const

interface ApiKeyRow {
  readonly id: string
  readonly name: string
  readonly prefix: string
  readonly scopes: readonly string[]
  readonly created_by: string
  readonly created_at: Date
  readonly expires_at: Date | null
  readonly revoked_at: Date | null
  readonly last_used_at: Date | null
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: asId(row.id),
    name: row.name,
    prefix: row.prefix,
    scopes: [...permissionsOfScopes(row.scopes)],
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
  }
}

export interface NewApiKey {
  readonly name: string
  readonly scopes: readonly Permission[]
  readonly createdBy: string
  readonly expiresAt: Date | undefined
}

/** Makes a key of 256 random bits. It is returned this once; the database keeps its SHA-256. */
export async function createApiKey(
  tx: TenantTx,
  { name, scopes, createdBy, expiresAt }: NewApiKey,
): Promise<{ readonly apiKey: ApiKey; readonly key: string }> {
  const key = `${apiKeyPrefix}${randomBytes(32).toString('base64url')}`
  const row = await tx
    .insertInto('api_keys')
    .values({
      organization_id: tx.organizationId,
      id: newId(),
      name,
      prefix: key.slice(0, shownCharacters),
      hash: sha256(key),
      scopes: [...new Set(scopes)],
      created_by: createdBy,
      expires_at: expiresAt ?? null,
    })
    .returning(columns)
    .executeTakeFirstOrThrow()
  return { apiKey: toApiKey(row), key }
}

/** The keys of the organization, newest first, revoked ones included. */
export async function listApiKeys(tx: TenantTx): Promise<readonly ApiKey[]> {
  const rows = await tx
    .selectFrom('api_keys')
    .select(columns)
    .where('organization_id', '=', tx.organizationId)
    .orderBy('id', 'desc')
    .execute()
  return rows.map(toApiKey)
}

/** Revokes a key for good; one that is revoked already stays as it is. Undefined where there is no such key. */
export async function revokeApiKey(tx: TenantTx, { id, now }: { id: string; now: Date }): Promise<ApiKey | undefined> {
  const row = await tx
    .updateTable('api_keys')
    .set((expression) => ({ revoked_at: expression.fn.coalesce('revoked_at', expression.val(now)), updated_at: now }))
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirst()
  return row && toApiKey(row)
}

interface FoundKey {
  readonly id: ApiKeyId
  readonly organization: Organization
  readonly permissions: ReadonlySet<Permission>
}

/** The key that this text is, wherever it belongs; undefined where it is unknown, revoked or over. */
async function findApiKey(database: Database, { key, now }: { key: string; now: Date }): Promise<FoundKey | undefined> {
  const row = await withSystem(database, (tx) =>
    tx
      .selectFrom('api_keys')
      .innerJoin('organizations', 'organizations.id', 'api_keys.organization_id')
      .select(['api_keys.id as key_id', 'api_keys.scopes', 'api_keys.expires_at', 'api_keys.revoked_at'])
      .select(['organizations.id', 'organizations.name', 'organizations.slug', 'organizations.time_zone'])
      .where('api_keys.hash', '=', sha256(key))
      // A hash is an organization's own: should another write the same one down, the key stays with whoever had it first.
      .orderBy('api_keys.id')
      .executeTakeFirst(),
  )
  if (!row || row.revoked_at || (row.expires_at && row.expires_at <= now)) return undefined
  return { id: asId(row.key_id), organization: toOrganization(row), permissions: permissionsOfScopes(row.scopes) }
}

const lastUsedEveryMs = 60_000
const rememberedKeys = 10_000

/** Resolves keys to callers, and notes at most once a minute that a key was used. */
export function createApiKeyResolver({ database, clock }: { database: Database; clock: Clock }) {
  const notedAt = new Map<string, number>()

  async function noteUse({ id, organization }: FoundKey, now: Date): Promise<void> {
    if (now.getTime() - (notedAt.get(id) ?? 0) < lastUsedEveryMs) return
    if (notedAt.size >= rememberedKeys) notedAt.clear()
    notedAt.set(id, now.getTime())
    await withTenant(database, organization.id, (tx) =>
      tx
        .updateTable('api_keys')
        .set({ last_used_at: now })
        .where('organization_id', '=', organization.id)
        .where('id', '=', id)
        .execute(),
    )
  }

  return async (key: string): Promise<Caller | undefined> => {
    const now = clock.now()
    const found = await findApiKey(database, { key, now })
    if (!found) return undefined
    await noteUse(found, now)
    return {
      kind: 'api_key',
      name: `api_key:${found.id}`,
      organizations: [found.organization],
      organization: found.organization,
      permissions: found.permissions,
      throughCookie: false,
    }
  }
}
