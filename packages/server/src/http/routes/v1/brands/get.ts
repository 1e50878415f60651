import { routes } from '@neonhub/contract'
import { implement } from '../../../implement.ts'

export const listBrands = implement(routes.listBrands)(async ({ parts, inTenant }) => {
  const brands = await inTenant(parts.services.listBrands)
  return { status: 200, body: { brands } }
})
