import type { TenantTx } from '../../db/index.ts'

/** Stops sends of a channel to an address. Returns false where they were stopped before. */
export async function suppressAddress(
  tx: TenantTx,
  { channel, address, reason }: { readonly channel: string; readonly address: string; readonly reason: string },
): Promise<boolean> {
  const row = await tx
    .insertInto('suppressions')
    .values({ organization_id: tx.organizationId, channel, address, reason })
    .onConflict((conflict) => conflict.doNothing())
    .returning('address')
    .executeTakeFirst()
  return row !== undefined
}
