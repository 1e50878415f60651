import { z } from 'zod'
import type { OrganizationId } from '../../base/ids.ts'
import type { OpenEndpoint, OrganizationModels } from '../../base/organization-models.ts'
import { open } from '../../base/vault.ts'
import { type Database, type TenantTx, withTenant } from '../../db/index.ts'
import { listModelBreakers } from './breakers.ts'
import { listPrices } from './prices.ts'

const Sealed = z.object({ apiKey: z.string() })

/** What an organization has set about models, its keys opened; for one call, so that a key that is taken away is gone. */
export async function findModels(
  {
    database,
    masterKey,
    fetch,
  }: { readonly database: Database; readonly masterKey: Uint8Array; readonly fetch: typeof globalThis.fetch },
  organizationId: OrganizationId,
): Promise<OrganizationModels> {
  return withTenant(database, organizationId, async (tx) => ({
    endpoints: await openEndpoints(tx, masterKey),
    prices: await listPrices(tx),
    failingProviders: (await listModelBreakers(tx)).map(({ provider }) => provider),
    fetch,
  }))
}

async function openEndpoints(tx: TenantTx, masterKey: Uint8Array): Promise<readonly OpenEndpoint[]> {
  const rows = await tx
    .selectFrom('inference_endpoints as e')
    .leftJoin('credentials as c', (join) =>
      join.onRef('c.organization_id', '=', 'e.organization_id').onRef('c.id', '=', 'e.credential_id'),
    )
    .select(['e.id', 'e.provider', 'e.base_url', 'e.default_model', 'e.credential_id', 'c.sealed'])
    .where('e.organization_id', '=', tx.organizationId)
    .execute()
  return rows.map(
    ({ id, provider, base_url: baseUrl, default_model: defaultModel, credential_id: credentialId, sealed }) => ({
      id,
      provider,
      apiKey:
        credentialId === null || sealed === null
          ? undefined
          : Sealed.parse(open(masterKey, { organizationId: tx.organizationId, credentialId }, sealed)).apiKey,
      baseUrl: baseUrl ?? undefined,
      defaultModel: defaultModel ?? undefined,
    }),
  )
}
