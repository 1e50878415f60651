import { sql, type TenantTx } from '../../db/index.ts'

/** The models that an organization has asked where the one of a call cannot be, in their order. */
export async function listFallbackModels(tx: TenantTx): Promise<readonly string[]> {
  const row = await tx
    .selectFrom('model_settings')
    .select('fallback_models')
    .where('organization_id', '=', tx.organizationId)
    .executeTakeFirst()
  return row?.fallback_models ?? []
}

/** Sets them, whole, for every attempt of a run that begins later. That each can be asked, the caller has checked. */
export async function setFallbackModels(
  tx: TenantTx,
  { models, actor }: { readonly models: readonly string[]; readonly actor: string },
): Promise<void> {
  const values = { fallback_models: [...models], actor }
  await tx
    .insertInto('model_settings')
    .values({ organization_id: tx.organizationId, ...values })
    .onConflict((conflict) =>
      conflict.column('organization_id').doUpdateSet({ ...values, updated_at: sql<Date>`now()` }),
    )
    .execute()
}
