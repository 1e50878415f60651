import { randomBytes } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { type ApiKeyId, asId, newId, type UserId } from '../base/ids.ts'
import { sha256 } from '../base/json.ts'
import { type Database, sql, type TenantTx, withTenant } from '../db/index.ts'
import { withSystem } from '../db/system.ts'
import type { Caller, Organization } from './caller.ts'
import { organizationColumns, toOrganization } from './organizations.ts'
import { type Permission, permissionsOfGrants, permissionsOfScopes } from './permissions.ts'
import { ownPermissions, withheldPermissions } from './sql/granted.ts'

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
  /** As records name it: `user:ID`, `api_key:ID` or `cli`. */
  readonly createdBy: string
  readonly expiresAt: Date | undefined
  /** Who stands behind the key that makes this one (`Caller.actsFor`). A user who makes a key stands behind it anyway. */
  readonly actsFor?: UserId | undefined
}

const makerOf = (createdBy: string) => (createdBy.startsWith('user:') ? createdBy.slice('user:'.length) : undefined)

/** Makes a key of 256 random bits. It is returned this once; the database keeps its SHA-256. */
export async function createApiKey(
  tx: TenantTx,
  { name, scopes, createdBy, expiresAt, actsFor }: NewApiKey,
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
      owner_user_id: actsFor ?? makerOf(createdBy) ?? null,
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

/** Revokes every key that a person stands behind; says how many were open. */
export async function revokeKeysOf(tx: TenantTx, { userId, now }: { userId: UserId; now: Date }): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('api_keys')
    .set({ revoked_at: now, updated_at: now })
    .where('organization_id', '=', tx.organizationId)
    .where('owner_user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

interface FoundKey {
  readonly id: ApiKeyId
  readonly organization: Organization
  readonly actsFor: UserId | undefined
  readonly permissions: ReadonlySet<Permission>
}

/**
 * The key that this text is, wherever it belongs; undefined where it is unknown, revoked or over.
 *
 * A key allows those of its scopes that the person behind it may use at this moment: one whose maker was demoted loses
 * what the maker lost, and has it back with the maker. The person behind a key that a key made is the one behind that
 * key; revoking the first does not revoke the second, so that a key can be followed by its successor. Keys that the
 * operator of the installation made have nobody behind them and keep their scopes. From all of them goes what is
 * withheld from the organization.
 */
async function findApiKey(database: Database, { key, now }: { key: string; now: Date }): Promise<FoundKey | undefined> {
  const row = await withSystem(database, (tx) =>
    tx
      .selectFrom('api_keys')
      .innerJoin('organizations', 'organizations.id', 'api_keys.organization_id')
      .leftJoin('organization_members', (join) =>
        join
          .onRef('organization_members.organization_id', '=', 'api_keys.organization_id')
          .onRef('organization_members.user_id', '=', 'api_keys.owner_user_id'),
      )
      .select(['api_keys.id as key_id', 'api_keys.scopes', 'api_keys.expires_at', 'api_keys.revoked_at'])
      .select(['api_keys.owner_user_id', sql<string>`coalesce(organization_members.role, '')`.as('role')])
      .select([ownPermissions.as('own'), withheldPermissions('api_keys.organization_id').as('withheld')])
      .select(organizationColumns)
      .where('api_keys.hash', '=', sha256(key))
      // A hash is an organization's own: should another write the same one down, the key stays with whoever had it first.
      .orderBy('api_keys.id')
      .executeTakeFirst(),
  )
  if (!row || row.revoked_at || (row.expires_at && row.expires_at <= now)) return undefined
  const { owner_user_id: owner, withheld } = row
  const allowed = owner === null ? undefined : permissionsOfGrants(row)
  const permissions = [...permissionsOfScopes(row.scopes)].filter(
    (scope) => !withheld.includes(scope) && (allowed?.has(scope) ?? true),
  )
  return {
    id: asId(row.key_id),
    organization: toOrganization(row),
    actsFor: owner === null ? undefined : asId(owner),
    permissions: new Set(permissions),
  }
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
      actsFor: found.actsFor,
      lacksTwoFactor: false,
      throughCookie: false,
    }
  }
}
