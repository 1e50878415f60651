import type { WebhookEndpointId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

export interface SealedSecret {
  readonly id: string
  readonly sealed: Uint8Array
}

/** Keeps a new secret; the one before goes on signing for `overlapMs`, and those before that one no longer. */
export async function insertSecret(
  tx: TenantTx,
  {
    endpointId,
    secret,
    keyVersion,
    overlapMs,
  }: {
    readonly endpointId: WebhookEndpointId
    readonly secret: SealedSecret
    readonly keyVersion: number
    readonly overlapMs: number
  },
): Promise<void> {
  const ofEndpoint = sql`organization_id = ${tx.organizationId} and endpoint_id = ${endpointId}`
  await sql`delete from webhook_secrets where ${ofEndpoint} and expires_at is not null`.execute(tx)
  await sql`
    update webhook_secrets set expires_at = now() + make_interval(secs => ${overlapMs / 1000}::float8)
    where ${ofEndpoint}
  `.execute(tx)
  await tx
    .insertInto('webhook_secrets')
    .values({
      organization_id: tx.organizationId,
      id: secret.id,
      endpoint_id: endpointId,
      sealed: Buffer.from(secret.sealed),
      key_version: keyVersion,
    })
    .execute()
}

/** The secrets that sign now, the newest first. */
export async function listSecrets(tx: TenantTx, endpointId: WebhookEndpointId): Promise<readonly SealedSecret[]> {
  const rows = await tx
    .selectFrom('webhook_secrets')
    .select(['id', 'sealed'])
    .where('organization_id', '=', tx.organizationId)
    .where('endpoint_id', '=', endpointId)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`now()`)]))
    .orderBy(sql`expires_at is null`, 'desc')
    .execute()
  return rows
}
