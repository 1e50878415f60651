import type { TenantTx } from '../../db/index.ts'
import type { UnknownRecipients } from '../spec.ts'

/** The organization's word on marketing to addresses that are nobody's in `people`. */
export async function getUnknownRecipients(tx: TenantTx): Promise<UnknownRecipients> {
  const row = await tx
    .selectFrom('organizations')
    .select('unknown_recipients')
    .where('id', '=', tx.organizationId)
    .executeTakeFirstOrThrow()
  return row.unknown_recipients
}

export async function setUnknownRecipients(tx: TenantTx, unknownRecipients: UnknownRecipients): Promise<void> {
  await tx
    .updateTable('organizations')
    .set({ unknown_recipients: unknownRecipients })
    .where('id', '=', tx.organizationId)
    .execute()
}
