import { routes } from '@neonhub/contract'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'

export const getBrand = implement(routes.getBrand)(async ({ parts, params, inTenant }) => {
  const brand = await inTenant((tx) => parts.services.findBrand(tx, params.slug))
  return { status: 200, body: orNotFound(brand, 'brand') }
})
