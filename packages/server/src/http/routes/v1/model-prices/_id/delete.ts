import { routes } from '@neonhub/contract'
import { removePrice } from '../../../../../runtime/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toPrice } from '../../../../to-model-settings.ts'

export const removeModelPrice = implement(routes.removeModelPrice)(async ({ params, inTenant, audit }) => {
  const price = await inTenant(async (tx) => {
    const removed = orNotFound(await removePrice(tx, params.id), 'price')
    await audit(tx, { subject: `model_price:${removed.id}` })
    return removed
  })
  return { status: 200, body: toPrice(price) }
})
