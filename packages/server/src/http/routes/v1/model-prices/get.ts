import { routes } from '@neonhub/contract'
import { listPrices } from '../../../../runtime/index.ts'
import { implement } from '../../../implement.ts'
import { toPrice } from '../../../to-model-settings.ts'

export const listModelPrices = implement(routes.listModelPrices)(async ({ inTenant }) => ({
  status: 200,
  body: { prices: (await inTenant(listPrices)).map(toPrice) },
}))
