import { routes } from '@neonhub/contract'
import { savePrice } from '../../../../runtime/index.ts'
import { implement } from '../../../implement.ts'
import { toPrice } from '../../../to-model-settings.ts'

export const setModelPrice = implement(routes.setModelPrice)(async ({ body, caller, inTenant, audit }) => {
  const price = await inTenant(async (tx) => {
    const saved = await savePrice(tx, { ...body, actor: caller.name })
    await audit(tx, { subject: `model_price:${saved.id}`, detail: body })
    return saved
  })
  return { status: 200, body: toPrice(price) }
})
