import { newId } from '../../base/ids.ts'
import { NeonHubError } from '../../base/errors.ts'
import type { ModelProvider } from '../../base/organization-models.ts'
import { seal, vaultKeyVersion } from '../../base/vault.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import { deleteCredential, insertCredential } from '../sql/connections.ts'
import { closeModelBreaker } from './breakers.ts'

/** An organization's own account at a provider as people see it: the key can be written and never read. */
export interface EndpointSummary {
  readonly provider: ModelProvider
  readonly baseUrl: string | undefined
  readonly hasKey: boolean
  readonly defaultModel: string | undefined
  readonly checkedAt: Date | undefined
  /** What the provider said at the newest check; undefined where it answered, or was not asked. */
  readonly checkError: string | undefined
  readonly actor: string
  readonly updatedAt: Date
}

export interface NewEndpoint {
  readonly provider: ModelProvider
  readonly apiKey: string | undefined
  readonly baseUrl: string | undefined
  readonly defaultModel: string | undefined
  readonly actor: string
}

/** The organization's own accounts, by provider. */
export async function listEndpoints(tx: TenantTx): Promise<readonly EndpointSummary[]> {
  const rows = await tx
    .selectFrom('inference_endpoints')
    .selectAll()
    .where('organization_id', '=', tx.organizationId)
    .orderBy('provider')
    .execute()
  return rows.map((row) => ({
    provider: row.provider,
    baseUrl: row.base_url ?? undefined,
    hasKey: row.credential_id !== null,
    defaultModel: row.default_model ?? undefined,
    checkedAt: row.checked_at ?? undefined,
    checkError: row.check_error ?? undefined,
    actor: row.actor,
    updatedAt: row.updated_at,
  }))
}

/**
 * Sets the organization's account at a provider anew, key, address and default model together; a key that is left out
 * stays as it is while the address does. Its default model takes the place of another account's. Throws
 * `runtime.endpoint_invalid`.
 */
export async function saveEndpoint(tx: TenantTx, masterKey: Uint8Array, endpoint: NewEndpoint): Promise<void> {
  const { provider, apiKey, baseUrl, defaultModel, actor } = endpoint
  // Two who add the first account at once would each seal a key, and nobody would name the one of them.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`models ${tx.organizationId}`}, 0))`.execute(tx)
  const earlier = await tx
    .selectFrom('inference_endpoints')
    .select(['id', 'credential_id', 'base_url'])
    .where('organization_id', '=', tx.organizationId)
    .where('provider', '=', provider)
    .forUpdate()
    .executeTakeFirst()
  // A key must not be sent to whatever address is named later: whoever could do that could read it.
  const isSameAddress = (earlier?.base_url ?? undefined) === baseUrl
  const kept = apiKey === undefined && isSameAddress ? (earlier?.credential_id ?? null) : null
  assertWhole(endpoint, { hasKey: apiKey !== undefined || kept !== null })
  const credentialId = apiKey === undefined ? kept : await sealKey(tx, masterKey, apiKey)
  if (defaultModel !== undefined) {
    await tx
      .updateTable('inference_endpoints')
      .set({ default_model: null, updated_at: sql<Date>`now()` })
      .where('organization_id', '=', tx.organizationId)
      .where('default_model', 'is not', null)
      .execute()
  }
  await closeModelBreaker(tx, provider)
  const values = {
    base_url: baseUrl ?? null,
    credential_id: credentialId,
    default_model: defaultModel ?? null,
    checked_at: null,
    check_error: null,
    actor,
  }
  await tx
    .insertInto('inference_endpoints')
    .values({ organization_id: tx.organizationId, id: newId(), provider, ...values })
    .onConflict((conflict) =>
      conflict.columns(['organization_id', 'provider']).doUpdateSet({ ...values, updated_at: sql<Date>`now()` }),
    )
    .execute()
  if (earlier?.credential_id && earlier.credential_id !== credentialId)
    await deleteCredential(tx, earlier.credential_id)
}

/** Takes the account away with its key: its calls are the installation's again. */
export async function removeEndpoint(tx: TenantTx, provider: ModelProvider): Promise<void> {
  const removed = await tx
    .deleteFrom('inference_endpoints')
    .where('organization_id', '=', tx.organizationId)
    .where('provider', '=', provider)
    .returning('credential_id')
    .executeTakeFirst()
  if (removed) await closeModelBreaker(tx, provider)
  if (removed?.credential_id) await deleteCredential(tx, removed.credential_id)
}

/** Keeps what the provider answered to a check; `error` is undefined where it works. */
export async function recordEndpointCheck(
  tx: TenantTx,
  { provider, error }: { readonly provider: ModelProvider; readonly error: string | undefined },
): Promise<void> {
  await tx
    .updateTable('inference_endpoints')
    .set({ checked_at: sql<Date>`clock_timestamp()`, check_error: error ?? null })
    .where('organization_id', '=', tx.organizationId)
    .where('provider', '=', provider)
    .execute()
  if (error === undefined) await closeModelBreaker(tx, provider)
}

async function sealKey(tx: TenantTx, masterKey: Uint8Array, apiKey: string): Promise<string> {
  const id = newId<'credential'>()
  const sealed = seal(masterKey, { organizationId: tx.organizationId, credentialId: id }, { apiKey })
  await insertCredential(tx, { id, sealed, keyVersion: vaultKeyVersion })
  return id
}

function assertWhole({ provider, baseUrl }: NewEndpoint, { hasKey }: { readonly hasKey: boolean }): void {
  if (provider === 'compatible' && baseUrl === undefined) {
    throw invalid('A server that speaks OpenAI’s dialect needs its address', {
      path: 'baseUrl',
      hint: 'Name it as in https://models.example.com/v1',
    })
  }
  if (provider === 'compatible' || hasKey) return
  throw invalid(`An account at ${provider} needs its key`, {
    path: 'apiKey',
    hint: 'Give the key again where the address changes: a stored key is not sent to another address.',
  })
}

const invalid = (message: string, { path, hint }: { readonly path: string; readonly hint: string }) =>
  new NeonHubError('runtime.endpoint_invalid', message, { kind: 'invalid', hint, issues: [{ path, message }] })
