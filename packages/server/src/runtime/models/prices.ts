import { newId } from '../../base/ids.ts'
import type { ModelProvider, PriceRates } from '../../base/organization-models.ts'
import { sql, type TenantTx } from '../../db/index.ts'

/** A price of the organization's own. */
export interface OwnPrice extends PriceRates {
  readonly id: string
  readonly provider: ModelProvider
  readonly model: string
  /** A day in UTC, `YYYY-MM-DD`. */
  readonly effectiveFrom: string
  /** ISO 4217. */
  readonly currency: string
  readonly actor: string
  readonly updatedAt: Date
}

const select = (tx: TenantTx) =>
  tx
    .selectFrom('model_prices')
    .select((eb) => [
      'id',
      'provider',
      'model',
      sql<string>`to_char(${eb.ref('effective_from')}, 'YYYY-MM-DD')`.as('effectiveFrom'),
      'currency',
      'input_micros as input',
      'cache_read_micros as cacheRead',
      'cache_write_micros as cacheWrite',
      'output_micros as output',
      'actor',
      'updated_at as updatedAt',
    ])
    .where('organization_id', '=', tx.organizationId)

/** The organization's own prices, by provider and model, the newest of each first. */
export function listPrices(tx: TenantTx): Promise<readonly OwnPrice[]> {
  return select(tx).orderBy('provider').orderBy('model').orderBy('effective_from', 'desc').execute()
}

/** Sets what a model costs from a day on; the same day's earlier word gives way. Calls that have ended keep their cost. */
export async function savePrice(tx: TenantTx, price: Omit<OwnPrice, 'id' | 'updatedAt'>): Promise<OwnPrice> {
  const values = {
    currency: price.currency,
    input_micros: price.input,
    cache_read_micros: price.cacheRead,
    cache_write_micros: price.cacheWrite,
    output_micros: price.output,
    actor: price.actor,
  }
  const { id } = await tx
    .insertInto('model_prices')
    .values({
      organization_id: tx.organizationId,
      id: newId(),
      provider: price.provider,
      model: price.model,
      effective_from: sql<Date>`${price.effectiveFrom}::date`,
      ...values,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['organization_id', 'provider', 'model', 'effective_from'])
        .doUpdateSet({ ...values, updated_at: sql<Date>`now()` }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  return select(tx).where('id', '=', id).executeTakeFirstOrThrow()
}

/** The price that was taken away; undefined where there is no such one. */
export async function removePrice(tx: TenantTx, id: string): Promise<OwnPrice | undefined> {
  const price = await select(tx).where('id', '=', id).forUpdate().executeTakeFirst()
  if (!price) return undefined
  await tx.deleteFrom('model_prices').where('organization_id', '=', tx.organizationId).where('id', '=', id).execute()
  return price
}
